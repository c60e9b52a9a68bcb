using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Gateway.Grpc.Messages;
using Google.Protobuf;
using Input = Gateway.Grpc.Messages.ModelInferRequest.Types.InferInputTensor;

namespace Benchmarks.Load;

/// <summary>Closed-loop load over gRPC: as wrk for HTTP, it keeps a number of calls under way and counts what comes back.</summary>
internal sealed class GrpcLoad : IDisposable
{
    public const string Usage =
        """
        grpcload --url URL --model NAME --columns N [--connections 8] [--streams 1] [--seconds 4]
          Calls ModelInfer with one raw row of N floats, with so many connections and so many calls at once on each.
        """;

    private readonly GrpcConnection[] connections;
    private readonly LatencyHistogram latencies = new();
    private readonly long started = Stopwatch.GetTimestamp();
    private readonly double seconds;
    private long refused;

    public GrpcLoad(Arguments arguments)
    {
        var url = new Uri(arguments.Text("url"));
        seconds = arguments.Number("seconds", 4);
        var message = Request(arguments.Text("model"), arguments.Count("columns", 1)).ToByteArray();
        byte[] frame = [0, (byte)(message.Length >> 24), (byte)(message.Length >> 16), (byte)(message.Length >> 8), (byte)message.Length, .. message];
        var server = new IPEndPoint(Dns.GetHostAddresses(url.Host, AddressFamily.InterNetwork)[0], url.Port);
        connections = new GrpcConnection[arguments.Count("connections", 8)];
        for (var i = 0; i < connections.Length; i++)
            connections[i] = new GrpcConnection(server, "/inference.GRPCInferenceService/ModelInfer", frame, arguments.Count("streams", 1), Count);
    }

    private long Now => Stopwatch.GetElapsedTime(started).Ticks * 100;

    /// <summary>Runs to the end and gives the report, in the words of <c>tests/load/post.lua</c>.</summary>
    public string Run()
    {
        var entries = new Poll.Entry[connections.Length];
        var end = Now + (long)(seconds * 1e9);
        foreach (var connection in connections) connection.Advance(Now);
        while (Now < end)
        {
            for (var i = 0; i < entries.Length; i++)
            {
                var wanted = connections[i].MustWrite ? Poll.Readable | Poll.Writable : Poll.Readable;
                entries[i] = new Poll.Entry { Socket = connections[i].Handle, Wanted = (short)wanted };
            }

            Poll.Wait(entries, 100_000_000);
            for (var i = 0; i < entries.Length; i++)
            {
                if (entries[i].Seen != 0) connections[i].Advance(Now);
            }
        }

        var took = Now / 1e9;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"result requests={latencies.Count + refused} seconds={took:F6} p50_ms={Milliseconds(0.5)} p99_ms={Milliseconds(0.99)} max_ms={latencies.Max / 1e6:F4} refused={refused} broken=0");
    }

    public void Dispose()
    {
        foreach (var connection in connections) connection.Dispose();
    }

    private static ModelInferRequest Request(string model, int columns)
    {
        var values = new float[columns];
        for (var i = 0; i < columns; i++) values[i] = i % 100 / 100f;
        return new ModelInferRequest
        {
            ModelName = model,
            Inputs = { new Input { Name = "input", Datatype = "FP32", Shape = { 1, columns } } },
            RawInputContents = { ByteString.CopyFrom(MemoryMarshal.AsBytes(values.AsSpan())) },
        };
    }

    private void Count(long nanoseconds, bool answered)
    {
        if (answered) latencies.Add(nanoseconds);
        else refused++;
    }

    private string Milliseconds(double share) => (latencies.Quantile(share) / 1e6).ToString("F4", CultureInfo.InvariantCulture);
}
