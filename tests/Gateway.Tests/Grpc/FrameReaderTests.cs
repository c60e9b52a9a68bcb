using System.Buffers;
using System.IO.Pipelines;
using Gateway.Grpc.Transport;
using Gateway.Http;
using Microsoft.AspNetCore.Http;
using Serving;

namespace Gateway.Tests.Grpc;

/// <summary>What a call's body tells of its caller when reading it throws.</summary>
public sealed class FrameReaderTests
{
    private static readonly Exception Reset = new IOException("The client reset the request stream.");
    private static readonly Exception Refused = new BadHttpRequestException("The body came too slowly.");

    private readonly Pipe body = new();
    private readonly FrameReader reader;

    public FrameReaderTests()
    {
        // What breaks is never counted or decompressed.
        var resources = new CallResources
        {
            Instruments = null!, Clock = null!, MaxMessageBytes = 100, Inflation = default, Budget = new BodyBudget(0), Pool = null!,
            Access = null!, RequestLog = null!, Audit = null!,
        };
        reader = new FrameReader(body.Reader, ContentCoding.Identity, resources, new OpenDoor());
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public async Task Body_Breaks_CallerIsGoneUnlessTheServerRefusedIt(bool isReset, bool whileWaiting)
    {
        var fault = isReset ? Reset : Refused;
        if (!whileWaiting) await body.Writer.CompleteAsync(fault);
        var read = Record.ExceptionAsync(async () => await reader.ReadOnlyAsync(default));
        if (whileWaiting) await body.Writer.CompleteAsync(fault);

        Assert.Same(fault, await read);
        Assert.Equal(isReset, reader.IsCallerGone);
    }

    [Fact]
    public async Task Body_BreaksWithinAStream_CallerIsGone()
    {
        var read = Record.ExceptionAsync(async () => await reader.ReadNextAsync(default));
        await body.Writer.CompleteAsync(Reset);

        Assert.Same(Reset, await read);
        Assert.True(reader.IsCallerGone);
    }

    private sealed class OpenDoor : IMessageDoor
    {
        public ServingError? Refuse(in ReadOnlySequence<byte> beginning) => null;
    }
}
