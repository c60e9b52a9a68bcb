using System.Diagnostics;
using Serving.Inference;
using Serving.Sessions;

namespace Serving.Models.Tuning;

/// <summary>
/// Drives <see cref="TuningSearch"/>: runs rows of zeros on the session threads, which the models that serve meanwhile share, and
/// measures. Blocks for some seconds at the most.
/// </summary>
internal sealed class Tuner(SessionThreads threads)
{
    private static readonly TimeSpan TrialTime = TimeSpan.FromMilliseconds(80);

    /// <summary>No further trial begins after this.</summary>
    private static readonly TimeSpan SearchTime = TimeSpan.FromSeconds(15);

    private const int LeastRuns = 3;

    /// <summary>The best setting found; null when nothing could be run.</summary>
    /// <param name="open">The model's session with that many threads a run. It is the caller's to close.</param>
    /// <param name="metadata">The signature as served.</param>
    /// <param name="goal">What to keep.</param>
    public TuningResult? Run(Func<int, IModelSession?> open, ModelMetadata metadata, TuningGoal goal)
    {
        if (WarmUp.Zeros(metadata) is not { } zeros) return null;
        var search = new TuningSearch(threads.Count, metadata.MaxBatchSize, goal.Latency.TotalSeconds);
        int[] outputs = [.. Enumerable.Range(0, metadata.Outputs.Count)];
        var began = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(began) < SearchTime && search.Next() is { } trial)
        {
            if (open(trial.Threads) is not { } session || Measure(session, Rows(zeros, metadata, trial.Rows), outputs, trial.Instances) is not { } seconds) break;
            search.Learn(seconds, trial.Instances * trial.Rows / seconds);
        }

        return search.Best;
    }

    private static Tensor[] Rows(Tensor[] zeros, ModelMetadata metadata, int rows) => metadata.MaxBatchSize == 0
        ? zeros
        : [.. zeros.Select(z => z with { Shape = [rows, .. z.Shape.AsSpan(1)], Data = new byte[z.Data.Length * rows] })];

    /// <summary>Seconds that one run takes while that many run side by side; null when runs fail.</summary>
    private double? Measure(IModelSession session, Tensor[] inputs, int[] outputs, int instances)
    {
        // The first run of a size allocates what later ones reuse.
        using (var lease = new TensorLease(TensorPool.Shared))
            if (!session.Run(inputs, outputs, lease).IsSuccess) return null;
        using var ended = new CountdownEvent(instances);
        var works = new TrialWork[instances];
        for (var i = 0; i < instances; i++) threads.Post(works[i] = new TrialWork(session, inputs, outputs, ended));
        ended.Wait();
        return works.Any(w => w.Failed) ? null : works.Average(w => w.RunSeconds);
    }

    private sealed class TrialWork(IModelSession session, Tensor[] inputs, int[] outputs, CountdownEvent ended) : ISessionWork
    {
        public bool Failed { get; private set; }

        public double RunSeconds { get; private set; }

        public void Run()
        {
            var began = Stopwatch.GetTimestamp();
            var runs = new List<double>();
            while (!Failed && (runs.Count < LeastRuns || Stopwatch.GetElapsedTime(began) < TrialTime))
            {
                var run = Stopwatch.GetTimestamp();
                using (var lease = new TensorLease(TensorPool.Shared)) Failed = !session.Run(inputs, outputs, lease).IsSuccess;
                runs.Add(Stopwatch.GetElapsedTime(run).TotalSeconds);
            }

            // The median: what else the machine does lengthens some runs.
            runs.Sort();
            RunSeconds = runs[runs.Count / 2];
            ended.Signal();
        }
    }
}
