using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Serving.Inference;
using Serving.Models;
using Serving.Models.Tuning;
using Serving.Sessions;

namespace Benchmarks.Load;

/// <summary>How good the tuner's finding is: every setting of a grid, and the one that it found, under load through a real queue, taking turns.</summary>
internal static class TuningGrid
{
    public const string Usage =
        """
        tuning --model FILE|DIR [--latency-ms 50] [--max-batch 64] [--callers N] [--seconds 0.5] [--rounds 3] [--pairs 7] [--free 1024]
          Lets the tuner look, measures every setting of the grid (threads, instances, rows) and the finding with callers of one row each, and then
          the finding and the best setting of the grid, whose p95 keeps the latency, once more in pairs: the best of many is lucky too. Prints
          rows a second of the finding over those of the best. Without --callers each setting has as many as fill its runs and the next ones.
        """;

    public static string Run(Arguments arguments)
    {
        var path = arguments.Text("model");
        if (Directory.Exists(path)) path = Path.Combine(path, "1", "model.onnx");
        var (maxBatch, latency, callers) = (arguments.Count("max-batch", 64), arguments.Number("latency-ms", 50) / 1e3, arguments.Count("callers", 0));
        var (time, rounds, pairs) = (TimeSpan.FromSeconds(arguments.Number("seconds", 0.5)), arguments.Count("rounds", 3), arguments.Count("pairs", 7));
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
        var found = new Tuner(threads, TimeProvider.System).Run(sessions, static session => session, metadata, new TuningGoal(TimeSpan.FromSeconds(latency)))
            ?? throw new ArgumentException("the model cannot be run on zeros");
        var searched = Stopwatch.GetElapsedTime(began).TotalSeconds;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"found {found} in {searched:F1} s"));

        var load = new TrialLoad(threads, TimeProvider.System);
        TrialMeasure Measure(TuningTrial trial) =>
            load.Measure(sessions.Open(trial.Threads).Value, metadata, trial, callers > 0 ? callers : trial.Callers, time, TimeSpan.FromMinutes(1)).Value;
        var seen = Turns([.. Grid(threads.Count, maxBatch)], rounds, Measure);
        foreach (var one in seen) Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{one.Trial} rows_per_s={one.Measure.RowsPerSecond:F0} p95_ms={one.Measure.LatencySeconds * 1e3:F2}"));
        var best = seen.Where(c => c.Measure.LatencySeconds <= latency).MaxBy(c => c.Measure.RowsPerSecond) ?? seen.MinBy(c => c.Measure.LatencySeconds)!;
        var pair = Turns([found.Trial, best.Trial], pairs, Measure);
        return string.Create(CultureInfo.InvariantCulture,
            $"search_s={searched:F1} found_rows_per_s={pair[0].Measure.RowsPerSecond:F0} found_p95_ms={pair[0].Measure.LatencySeconds * 1e3:F2} best_rows_per_s={pair[1].Measure.RowsPerSecond:F0} best_p95_ms={pair[1].Measure.LatencySeconds * 1e3:F2} ratio={pair[0].Measure.RowsPerSecond / pair[1].Measure.RowsPerSecond:F3}");
    }

    /// <summary>The medians of each setting's measures, which take turns.</summary>
    private static TuningCandidate[] Turns(TuningTrial[] trials, int rounds, Func<TuningTrial, TrialMeasure> measure)
    {
        TuningCandidate[] seen = [.. trials.Select(trial => new TuningCandidate(trial))];
        for (var round = 0; round < rounds; round++)
            foreach (var one in seen) one.Decide(measure(one.Trial));
        return seen;
    }

    private static IEnumerable<TuningTrial> Grid(int cores, int maxBatch)
    {
        for (var threads = 1; threads <= cores; threads *= 2)
            for (var instances = 1; instances <= cores / threads; instances++)
                for (var rows = 1; rows <= maxBatch; rows *= 4) yield return new TuningTrial(threads, instances, rows);
    }
}
