using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Serving;
using Serving.Batching;
using Serving.Inference;
using Serving.Models;
using Serving.Models.Tuning;
using Serving.Sessions;
using Serving.Telemetry;

namespace Benchmarks.Load;

/// <summary>
/// How good the tuner's finding is: every setting of the grid, and the one that it found, under the same closed load through a real
/// queue, taking turns.
/// </summary>
internal static class TuningGrid
{
    public const string Usage =
        """
        tuning --model FILE|DIR [--latency-ms 50] [--max-batch 64] [--callers 128] [--seconds 0.5] [--rounds 3] [--free 1024]
          Lets the tuner look, measures every setting of the grid (threads, instances, rows) and the finding with --callers callers of one
          row each, and prints rows a second of the finding over those of the best setting whose p95 keeps the latency.
        """;

    public static string Run(Arguments arguments)
    {
        var path = arguments.Text("model");
        if (Directory.Exists(path)) path = Path.Combine(path, "1", "model.onnx");
        var (maxBatch, latency) = (arguments.Count("max-batch", 64), arguments.Number("latency-ms", 50));
        var runtime = OnnxRuntime.Load(null, NullLogger.Instance);
        using var threads = new SessionThreads(Environment.ProcessorCount);
        using var sessions = new SessionChoice(new SessionOptions(), options => OnnxSession.Load(runtime, path, options));
        var signature = sessions.Open(1).Value.Signature;
        var metadata = new ModelMetadata
        {
            Name = "tuned", Version = "1", Versions = ["1"], Platform = "onnxruntime_onnx", MaxBatchSize = maxBatch,
            Inputs = [.. signature.Inputs.Select(i => i with { Shape = [-1, .. i.Shape.Skip(1).Select(d => d < 0 ? arguments.Count("free", 1024) : d)] })],
            Outputs = signature.Outputs,
        };
        var began = Stopwatch.GetTimestamp();
        var found = new Tuner(threads).Run(count => sessions.Open(count).Value, metadata, new TuningGoal(TimeSpan.FromMilliseconds(latency)))
            ?? throw new ArgumentException("the model cannot be run on zeros");
        var searched = Stopwatch.GetElapsedTime(began).TotalSeconds;
        Console.WriteLine($"found {found.Trial} in {searched:F1} s");

        var grid = Grid(threads.Count, maxBatch).Append(found.Trial).Distinct().ToArray();
        var seen = grid.ToDictionary(trial => trial, _ => new List<(double PerSecond, double P95)>());
        for (var round = 0; round < arguments.Count("rounds", 3); round++)
            foreach (var trial in grid) seen[trial].Add(Load(sessions.Open(trial.Threads).Value, metadata, trial, threads, arguments));
        var settings = seen.Select(s => (Trial: s.Key, PerSecond: Median(s.Value.Select(v => v.PerSecond)), P95: Median(s.Value.Select(v => v.P95)))).ToArray();
        foreach (var (trial, perSecond, p95) in settings) Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{trial} rows_per_s={perSecond:F0} p95_ms={p95:F1}"));
        var keeping = settings.Where(s => s.P95 <= latency).DefaultIfEmpty(settings.MinBy(s => s.P95)).MaxBy(s => s.PerSecond);
        var mine = settings.First(s => s.Trial == found.Trial);
        return string.Create(CultureInfo.InvariantCulture,
            $"search_s={searched:F1} found_rows_per_s={mine.PerSecond:F0} found_p95_ms={mine.P95:F2} best_rows_per_s={keeping.PerSecond:F0} ratio={mine.PerSecond / keeping.PerSecond:F3}");
    }

    private static IEnumerable<TuningTrial> Grid(int cores, int maxBatch)
    {
        for (var threads = 1; threads <= cores; threads *= 2)
            for (var instances = 1; instances <= cores / threads; instances++)
                for (var rows = 1; rows <= maxBatch; rows *= 4) yield return new TuningTrial(threads, instances, rows);
    }

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted[sorted.Length / 2];
    }

    private static (double PerSecond, double P95) Load(IModelSession session, ModelMetadata metadata, TuningTrial trial, SessionThreads threads, Arguments arguments)
    {
        using var instruments = new ServingInstruments(meters: null);
        var options = new BatchingOptions { MaxBatchSize = metadata.MaxBatchSize, Dynamic = true, Instances = trial.Instances, TunedBatchSize = trial.Rows };
        using var loop = new BatchLoop(session, options, threads, instruments.For("tuned", "1"), TimeProvider.System, NullLogger.Instance);
        var end = Stopwatch.GetTimestamp() + (long)(arguments.Number("seconds", 0.5) * Stopwatch.Frequency);
        var histograms = Enumerable.Range(0, arguments.Count("callers", 128)).Select(_ => new LatencyHistogram()).ToArray();
        var began = Stopwatch.GetTimestamp();
        Task.WaitAll([.. histograms.Select(h => Task.Run(() => CallAsync(loop, metadata, end, h)))]);
        var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        foreach (var histogram in histograms[1..]) histograms[0].Add(histogram);
        return (histograms[0].Count / seconds, histograms[0].Quantile(0.95) / 1e6);
    }

    private static async Task CallAsync(BatchLoop loop, ModelMetadata metadata, long end, LatencyHistogram latency)
    {
        var check = new RequestCheck(metadata);
        var route = new RouteDecision("1", null, RouteReason.Only, 0);
        var inputs = WarmUp.Zeros(metadata)!;
        while (Stopwatch.GetTimestamp() is var arrived && arrived < end)
        {
            var pending = check.Check(new InferenceRequest { Model = "tuned", Id = "r", Inputs = inputs }, route, arrived).Value;
            using var answer = (await loop.TryEnqueue(pending, CancellationToken.None)!.Value).Value;
            latency.Add((long)Stopwatch.GetElapsedTime(arrived).TotalNanoseconds);
        }
    }
}
