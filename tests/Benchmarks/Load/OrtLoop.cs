using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging.Abstractions;
using Serving.Inference;
using Serving.Models;
using Serving.Sessions;

namespace Benchmarks.Load;

/// <summary>
/// The limit that no server passes: the same sessions in a tight loop, without HTTP, JSON, queues or checks. Inputs are random
/// and stay where they are; outputs are copied into pooled memory, as they are for an answer.
/// </summary>
internal static class OrtLoop
{
    public const string Usage =
        """
        ort --model FILE|DIR [--batch 1] [--threads 1] [--intra 1] [--seconds 2] [--free 1024]
          FILE is a model, DIR one of a model repository (DIR/1/model.onnx). --threads callers share a session with --intra threads
          of its own; --free is what stands for dimensions that vary, apart from the first.
        """;

    /// <summary>Runs to the end and gives the report, one line of <c>name=value</c> words.</summary>
    public static string Run(Arguments arguments)
    {
        var path = arguments.Text("model");
        if (Directory.Exists(path)) path = Path.Combine(path, "1", "model.onnx");
        var batch = arguments.Count("batch", 1);
        var threads = arguments.Count("threads", 1);
        var options = new SessionOptions { IntraOpThreads = arguments.Count("intra", 1) };

        var before = Stopwatch.GetTimestamp();
        var runtime = OnnxRuntime.Load(null, NullLogger.Instance);
        var libraryMs = Stopwatch.GetElapsedTime(before).TotalMilliseconds;
        var residentBefore = ResidentMegabytes();
        before = Stopwatch.GetTimestamp();
        if (!OnnxSession.Load(runtime, path, options).TryGetValue(out var session, out var error)) throw new ArgumentException(error.Message);
        var createMs = Stopwatch.GetElapsedTime(before).TotalMilliseconds;
        var residentMb = ResidentMegabytes() - residentBefore;

        using (session)
        {
            var inputs = session.Signature.Inputs.Select(input => Fill(input, batch, arguments.Count("free", 1024))).ToArray();
            Measure(session, inputs, 1, 0.3);
            var (latency, cpu, seconds) = Measure(session, inputs, threads, arguments.Number("seconds", 2));
            var samples = latency.Count * batch;
            return string.Create(CultureInfo.InvariantCulture,
                $"batch={batch} threads={threads} us_per_run={latency.Quantile(0.5) / 1e3:F2} cpu_us_per_sample={cpu * 1e6 / samples:F3} samples_per_s={samples / seconds:F0} library_ms={libraryMs:F1} create_ms={createMs:F1} resident_mb={residentMb:F1}");
        }
    }

    private static (LatencyHistogram Latency, double Cpu, double Seconds) Measure(IModelSession session, Tensor[] inputs, int threads, double seconds)
    {
        var latencies = Enumerable.Range(0, threads).Select(_ => new LatencyHistogram()).ToArray();
        var end = Stopwatch.GetTimestamp() + (long)(seconds * Stopwatch.Frequency);
        var cpu = Environment.CpuUsage.TotalTime;
        var before = Stopwatch.GetTimestamp();
        var callers = latencies.Select(latency => new Thread(() => Call(session, inputs, end, latency))).ToArray();
        foreach (var caller in callers) caller.Start();
        foreach (var caller in callers) caller.Join();
        var elapsed = Stopwatch.GetElapsedTime(before).TotalSeconds;
        foreach (var latency in latencies[1..]) latencies[0].Add(latency);
        return (latencies[0], (Environment.CpuUsage.TotalTime - cpu).TotalSeconds, elapsed);
    }

    private static void Call(IModelSession session, Tensor[] inputs, long end, LatencyHistogram latency)
    {
        int[] outputs = [.. Enumerable.Range(0, session.Signature.Outputs.Count)];
        for (var last = Stopwatch.GetTimestamp(); last < end;)
        {
            using (var lease = new TensorLease(TensorPool.Shared))
            {
                if (!session.Run(inputs, outputs, lease).TryGetValue(out _, out var error)) throw new InvalidOperationException(error.Message);
            }

            var now = Stopwatch.GetTimestamp();
            latency.Add((long)((now - last) * 1e9 / Stopwatch.Frequency));
            last = now;
        }
    }

    private static Tensor Fill(TensorSignature input, int batch, int free)
    {
        if (input.Type != TensorType.Fp32) throw new ArgumentException($"input '{input.Name}' is {input.Type}; this loop fills FP32 only");
        long[] shape = [.. input.Shape.Select((dimension, i) => dimension >= 0 ? dimension : i == 0 ? batch : free)];
        var data = GC.AllocateUninitializedArray<byte>(checked((int)(TensorShape.ElementCount(shape) * sizeof(float))), pinned: true);
        var random = new Random(1);
        foreach (ref var value in MemoryMarshal.Cast<byte, float>(data.AsSpan())) value = random.NextSingle();
        return new Tensor(input.Name, input.Type, shape, data);
    }

    private static double ResidentMegabytes() => Environment.WorkingSet / 1048576.0;
}
