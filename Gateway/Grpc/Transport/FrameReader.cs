using System.Buffers;
using System.IO.Pipelines;
using Gateway.Http;
using Gateway.Metrics;
using Microsoft.AspNetCore.Http;
using Serving;

namespace Gateway.Grpc.Transport;

/// <summary>
/// Takes messages out of a call's body. A message stays in the transport's blocks, which come as the bytes come: nothing is
/// allocated for what is only announced. All together are bounded by the <see cref="BodyBudget"/>.
/// </summary>
/// <param name="pipe">The body.</param>
/// <param name="coding">The call's <c>grpc-encoding</c>.</param>
/// <param name="resources">Limits and memory.</param>
/// <param name="door">Looks at what has come of a call's only message before the rest is waited for.</param>
internal sealed class FrameReader(PipeReader pipe, ContentCoding coding, CallResources resources, IMessageDoor door)
{
    /// <summary>Of a message's beginning so much is looked at: names come first, and each part that comes has it looked at again.</summary>
    private const int Looked = 1024;

    private SequencePosition end;
    private bool reading;
    private bool isCompressed;
    private long held;
    private RequestBody inflated;

    /// <summary>The message that was read, decompressed, until <see cref="Release"/>.</summary>
    public ReadOnlySequence<byte> Message { get; private set; }

    /// <summary>What was wrong with the body; OK while nothing was.</summary>
    public GrpcStatus Fault { get; private set; } = GrpcStatus.Ok;

    /// <summary>The caller gave the call up, or lost the connection, before its body was whole: reading it threw.</summary>
    public bool IsCallerGone { get; private set; }

    /// <summary>The only message of a call: the body must end behind it. False on a <see cref="Fault"/>.</summary>
    public ValueTask<bool> ReadOnlyAsync(CancellationToken cancellation)
    {
        // A small message has mostly arrived with its headers: no waiting, no state machine.
        if (!TryRead(out var result)) return ReadAsync(single: true, cancellation);
        if (result.IsCompleted && result.Buffer.IsSingleSegment)
        {
            var whole = Take(result.Buffer, single: true, ended: true);
            return whole && isCompressed ? InflateAsync(cancellation) : new ValueTask<bool>(whole);
        }

        pipe.AdvanceTo(result.Buffer.Start);
        return ReadAsync(single: true, cancellation);
    }

    /// <summary>The next message of a stream; releases the one before. False at the end, and on a <see cref="Fault"/>.</summary>
    public ValueTask<bool> ReadNextAsync(CancellationToken cancellation)
    {
        Release();
        return ReadAsync(single: false, cancellation);
    }

    /// <summary>Ends a stream's reading where it waits, with UNAVAILABLE.</summary>
    public void Interrupt() => pipe.CancelPendingRead();

    /// <summary>Gives the message's bytes back. Nothing may refer to them any more.</summary>
    public void Release()
    {
        Message = default;
        inflated.Release();
        inflated = default;
        ReleaseBody();
    }

    private async ValueTask<bool> ReadAsync(bool single, CancellationToken cancellation)
    {
        while (true)
        {
            ReadResult result;
            try
            {
                result = await pipe.ReadAsync(cancellation);
            }
            catch (IOException lost) when (lost is not BadHttpRequestException)
            {
                IsCallerGone = true;
                throw;
            }

            var buffer = result.Buffer;
            if (result.IsCanceled) return Fail(buffer, Stopping);
            if (!buffer.IsSingleSegment && !TryHold(buffer.Length)) return Fail(buffer, GrpcStatus.Of(BodyBudget.Exhausted));
            if (Take(buffer, single, result.IsCompleted)) return !isCompressed || await InflateAsync(cancellation);
            if (result.IsCompleted || !Fault.IsOk) return false;
            if (single && Refusal(buffer) is { } refusal) return Fail(buffer, GrpcStatus.Of(refusal));
            pipe.AdvanceTo(buffer.Start, buffer.End);
        }
    }

    private bool TryRead(out ReadResult result)
    {
        try
        {
            return pipe.TryRead(out result);
        }
        catch (IOException lost) when (lost is not BadHttpRequestException)
        {
            IsCallerGone = true;
            throw;
        }
    }

    /// <summary>What the door says to a message that has begun; nothing to one that is compressed.</summary>
    private ServingError? Refusal(in ReadOnlySequence<byte> buffer) => buffer.Length > FramePrefix.Size && buffer.FirstSpan[0] == 0
        ? door.Refuse(buffer.Slice(FramePrefix.Size, Math.Min(buffer.Length - FramePrefix.Size, Looked)))
        : null;

    private bool TryHold(long bytes)
    {
        if (bytes <= held) return true;
        if (!resources.Budget.TryTake(bytes - held)) return false;
        held = bytes;
        return true;
    }

    private void ReleaseBody()
    {
        resources.Budget.Return(held);
        held = 0;
        if (!reading) return;
        reading = false;
        pipe.AdvanceTo(end);
    }

    /// <summary>Takes the first message if it is whole, and for a single one if the body ends behind it.</summary>
    private bool Take(in ReadOnlySequence<byte> buffer, bool single, bool ended)
    {
        if (buffer.Length < FramePrefix.Size)
        {
            if (!ended) return false;
            if (!buffer.IsEmpty)
            {
                return Fail(buffer, GrpcStatus.Invalid(
                    $"the call ends within a message's prefix, after {buffer.Length} bytes of it"));
            }

            return single && Fail(buffer, GrpcStatus.Invalid("the call has no message; send one"));
        }

        if (!FramePrefix.TryRead(buffer, out var prefix))
        {
            return Fail(buffer, GrpcStatus.Invalid(
                $"a message starts with the byte {buffer.FirstSpan[0]}; only 0 and 1 are defined"));
        }

        if (prefix.Length > (uint)resources.MaxMessageBytes) return Fail(buffer, TooLarge(prefix.Length));
        if (prefix.Compressed && coding == ContentCoding.Identity) return Fail(buffer, Uncoded);

        var length = FramePrefix.Size + (long)prefix.Length;
        if (buffer.Length < length)
        {
            return ended && Fail(buffer, GrpcStatus.Invalid(
                $"the call ends within a message: {buffer.Length - FramePrefix.Size} of its {prefix.Length} bytes came"));
        }

        if (single && buffer.Length > length)
            return Fail(buffer, GrpcStatus.Invalid("the call has more than one message; this method takes one"));
        if (single && !ended) return false;
        Message = buffer.Slice(FramePrefix.Size, prefix.Length);
        end = Message.End;
        reading = true;
        resources.Instruments.Received(GatewayInstruments.Grpc, prefix.Length);
        isCompressed = prefix.Compressed;
        return true;
    }

    private async ValueTask<bool> InflateAsync(CancellationToken cancellation)
    {
        var blocks = new BlockChain(resources.Pool, resources.Budget);
        var read = await BodyInflater.InflateAsync(Message, coding, blocks, resources.Inflation, cancellation);
        ReleaseBody();
        if (read.TryGetValue(out inflated, out var error))
        {
            Message = inflated.Bytes;
            return true;
        }

        Message = default;
        Fault = error.Code == ErrorCode.InvalidRequest
            ? GrpcStatus.Invalid($"the message is not valid {ContentCodings.Name(coding)}, as the call's grpc-encoding says")
            : GrpcStatus.Of(error);
        return false;
    }

    private bool Fail(in ReadOnlySequence<byte> buffer, GrpcStatus fault)
    {
        Fault = fault;
        pipe.AdvanceTo(buffer.End);
        return false;
    }

    /// <remarks>The protocol's compression rules name this status.</remarks>
    private static GrpcStatus Uncoded => new(
        GrpcStatusCode.Internal, "a message is marked as compressed, but the call has no grpc-encoding");

    private static GrpcStatus Stopping => new(GrpcStatusCode.Unavailable, "the server is stopping; connect again");

    private GrpcStatus TooLarge(uint length) => new(
        GrpcStatusCode.ResourceExhausted,
        $"the message has {length} bytes; {resources.MaxMessageBytes} are allowed (Serving:MaxRequestBytes)");
}
