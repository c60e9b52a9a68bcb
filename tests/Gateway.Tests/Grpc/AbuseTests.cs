using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Text;
using Gateway.Grpc.Messages;
using Gateway.Grpc.Transport;
using Gateway.Metrics;
using Gateway.Tests.Http;
using Google.Protobuf;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gateway.Tests.Grpc;

/// <summary>Callers that break the rules, over and over: each round must leave nothing behind.</summary>
[Collection(nameof(BodyMemoryTests))]
public sealed class AbuseTests
{
    private const string Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

    /// <summary>HTTP/2 frames, in hexadecimal, that no client may send; each after an empty SETTINGS.</summary>
    private static readonly string[] BrokenFrames =
    [
        "FFFFFF000000000001", // a frame longer than allowed
        "000001000000000000" + "00", // data on stream 0
        "000001000000000001" + "00", // data on a stream that was never opened
        "000004010400000001" + "FFFFFFFF", // headers that do not decompress
        "000004080000000000" + "00000000", // a window update of nothing
        "000003030000000001" + "000000", // a reset of the wrong size
        "000005040000000000" + "0000000000", // settings of the wrong size
        "000001090400000001" + "82", // a continuation of nothing
        "000000010500000002", // a stream with an even number
    ];

    [Fact]
    public async Task Connection_BrokenFrames_EndsAndTheServerGoesOn()
    {
        await using var gateway = await RunningGateway.StartAsync();
        foreach (var frame in BrokenFrames)
        {
            using var connection = RawConnection.Open(gateway.GrpcAddress.Port);
            connection.Send(Encoding.ASCII.GetBytes(Preface));
            connection.Send(Convert.FromHexString("000000040000000000" + frame));
            connection.EndSending();
            while (!connection.IsAtEnd())
            {
            }
        }

        using var client = new GrpcClient(gateway.GrpcAddress);
        Assert.True((await client.AskAsync("ServerLive", new ServerLiveRequest(), ServerLiveResponse.Parser)).Live);
        Assert.Empty(gateway.Log.Lines);
    }

    [Fact]
    public async Task Call_GivenUpBeforeItBegins_IsCountedAndNothingElse()
    {
        await using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var meters = services.GetRequiredService<IMeterFactory>();
        var counted = new List<string>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (ReferenceEquals(instrument.Meter.Scope, meters)) self.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, labels, _) =>
        {
            if (value != 0 && instrument.Name != GatewayInstruments.Build.Name)
                counted.Add(string.Join(' ', labels.ToArray().Select(label => label.Value).Prepend($"{value} {instrument.Name}")));
        });
        listener.SetMeasurementEventCallback<double>((instrument, value, _, _) => counted.Add($"{value} {instrument.Name}"));
        listener.Start();

        // There is nothing there that it could use.
        var resources = new CallResources
        {
            Instruments = new GatewayInstruments(meters), Clock = null!, MaxMessageBytes = 0, Inflation = default, Budget = null!, Pool = null!,
            Access = null!, RequestLog = null!, Audit = null!,
        };
        var context = new DefaultHttpContext { RequestAborted = new CancellationToken(canceled: true) };
        await new GrpcPipeline(new GrpcMethodTable([]), resources, NullLogger<GrpcPipeline>.Instance).InvokeAsync(context);

        listener.RecordObservableInstruments();
        Assert.Equal(["1 serving.requests grpc none caller_gone"], counted);
        Assert.Empty(context.Response.Headers);
    }

    [Fact]
    public async Task Calls_ResetAtOnce_ReachNothingAndTheServerGoesOn()
    {
        await using var gateway = await RunningGateway.StartAsync();
        gateway.Engine.Infer = (_, _) => throw new InvalidOperationException("a call reached the engine");
        var head = "838604" + "2A" + Convert.ToHexString("/inference.GRPCInferenceService/ModelInfer"u8) + "0F10" + "10" + Convert.ToHexString("application/grpc"u8);
        var calls = new StringBuilder();
        for (var stream = 1; stream < 2001; stream += 2)
            calls.Append($"{head.Length / 2:X6}0104{stream:X8}{head}").Append($"0000040300{stream:X8}00000008");
        using var connection = RawConnection.Open(gateway.GrpcAddress.Port);
        connection.Send([.. Encoding.ASCII.GetBytes(Preface), .. Convert.FromHexString("000000040000000000" + calls)]);
        connection.EndSending();
        while (!connection.IsAtEnd())
        {
        }

        using var client = new GrpcClient(gateway.GrpcAddress);
        Assert.True((await client.AskAsync("ServerLive", new ServerLiveRequest(), ServerLiveResponse.Parser)).Live);
        Assert.Empty(gateway.Log.Lines);
    }

    [Fact]
    public async Task Rounds_OfEveryAbuse_LeaveMemoryFlat()
    {
        await using var gateway = await RunningGateway.StartAsync(("MaxRequestBytes", "100000"));
        var (live, pinned) = (new List<long>(), new List<long>());
        for (var i = 0; i < 12; i++)
        {
            await AbuseAsync(gateway);
            live.Add(Settle(most: live.Count == 0 ? 0 : live[^1]));
            pinned.Add(PinnedBytes());
        }

        Assert.InRange(Growth(live), long.MinValue, 1 << 18);
        Assert.InRange(Growth(pinned), long.MinValue, 1 << 18);
        Assert.Empty(gateway.Log.Lines);
    }

    /// <summary>The median of the rounds after the first four, which warm a new process up by some hundred kilobytes each.</summary>
    private static long Growth(List<long> bytes)
    {
        var growths = bytes.Zip(bytes.Skip(1), (before, after) => after - before).Skip(4).Order().ToList();
        return growths[growths.Count / 2];
    }

    /// <summary>A thousand streams on one connection, of which some end well, some are given up, and the rest lose the connection.</summary>
    private static async Task AbuseAsync(RunningGateway gateway)
    {
        using (var client = new GrpcClient(gateway.GrpcAddress))
        {
            var streams = Enumerable.Range(0, 1000).Select(_ => new GrpcStream(client, "ModelStreamInfer")).ToList();
            await Task.WhenAll(streams.Select((stream, i) => stream.SendAsync(Infers.WithId($"{i}", new float[1000]))));
            await Task.WhenAll(streams.Select(async stream => Assert.Equal("", (await stream.ReceiveAsync(ModelStreamInferResponse.Parser))!.ErrorMessage)));
            foreach (var stream in streams.Where((_, i) => i % 4 == 0)) await stream.EndSendingAsync();
            foreach (var stream in streams.Where((_, i) => i % 4 == 0)) Assert.Equal(0, (await stream.EndAsync()).Status);
            foreach (var stream in streams.Where((_, i) => i % 4 == 1)) stream.Reset();

            // Half a message, and an announcement that is never kept.
            foreach (var stream in streams.Where((_, i) => i % 4 == 2)) await stream.SendAsync([0, 0, 1, 0, 0, 7]);
            Assert.Equal(3, (await client.SendAsync("ModelInfer", new ByteArrayContent([9, 9, 9, 9, 9]))).Status);
            Assert.Equal(8, (await client.SendAsync("ModelInfer", new ByteArrayContent(GrpcClient.Frame(new byte[100_001])))).Status);
            client.Break();
            foreach (var stream in streams) stream.Dispose();
        }

        // The server is well, and has seen the connection's end before the next round.
        using var other = new GrpcClient(gateway.GrpcAddress);
        await other.AskAsync("ServerLive", new ServerLiveRequest(), ServerLiveResponse.Parser);
    }

    /// <summary>Live bytes of the process, once they are few enough or do not become fewer any more.</summary>
    private static long Settle(long most)
    {
        var patience = Stopwatch.StartNew();
        var least = long.MaxValue;
        while (true)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            GC.Collect();
            var live = LiveBytes();
            if (live <= most || patience.Elapsed > TimeSpan.FromSeconds(3)) return live;
            if (most == 0 && live >= least) return least;
            least = Math.Min(least, live);
        }
    }

    /// <summary>Of the last collection, without <see cref="PinnedBytes"/>.</summary>
    private static long LiveBytes()
    {
        var live = 0L;
        foreach (var generation in GC.GetGCMemoryInfo(GCKind.FullBlocking).GenerationInfo) live += generation.SizeAfterBytes - generation.FragmentationAfterBytes;
        return live - PinnedBytes();
    }

    /// <summary>The blocks that sockets receive into: counted apart, since a round may lend a megabyte more at once than any before.</summary>
    private static long PinnedBytes()
    {
        var blocks = GC.GetGCMemoryInfo(GCKind.FullBlocking).GenerationInfo[4];
        return blocks.SizeAfterBytes - blocks.FragmentationAfterBytes;
    }
}
