using Microsoft.Extensions.Logging.Abstractions;
using Serving.Batching;
using Serving.Inference;
using Serving.Sessions;
using Serving.Telemetry;

namespace Serving.Models.Tuning;

/// <summary>
/// Measures a trial as the version would serve it: through a queue of its own with that setting, by callers of one row of zeros each
/// that ask again as soon as they are answered.
/// </summary>
internal sealed class TrialLoad(SessionThreads threads, TimeProvider clock)
{
    /// <summary>Answers of each caller at the least, so that slow runs are not judged by the first of them.</summary>
    private const int LeastAnswers = 4;

    /// <summary>How long what was told to end may take to do so, before it is taken to hang.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Blocks until the trial is over: as long as asked for, longer for slow runs, and never longer than a limit.
    /// </summary>
    /// <returns><see cref="ErrorCode.DeadlineExceeded"/> when a run did not end: it holds a session thread then, and the session must not be used again.</returns>
    public Outcome<TrialMeasure> Measure(IModelSession session, ModelMetadata metadata, TuningTrial trial, int callers, TimeSpan time, TimeSpan limit)
    {
        using var instruments = new ServingInstruments(meters: null);
        var options = new BatchingOptions
        {
            MaxBatchSize = metadata.MaxBatchSize, Dynamic = metadata.MaxBatchSize > 0, Instances = trial.Instances, TunedBatchSize = trial.Rows,
            MaxQueuedBytes = long.MaxValue, MaxQueuedRequests = int.MaxValue,
        };
        using var loop = new BatchLoop(session, options, threads, instruments.For(metadata.Name, metadata.Version), clock, NullLogger.Instance);
        using var stop = new CancellationTokenSource();
        var end = clock.GetTimestamp() + (long)(time.TotalSeconds * clock.TimestampFrequency);
        var all = Enumerable.Range(0, callers).Select(_ => new TrialCaller(loop, metadata, clock)).ToArray();
        var calling = Task.WhenAll(all.Select(caller => Task.Run(() => caller.CallAsync(end, LeastAnswers, stop.Token))));
        if (!Ends(calling, limit))
        {
            stop.Cancel();
            if (!Ends(calling, Grace))
            {
                session.Terminate();
                Ends(calling, Grace);
                return new ServingError(ErrorCode.DeadlineExceeded, "a run did not end");
            }
        }

        foreach (var caller in all)
            if (caller.Error is { } error) return error;
        return Evaluate(all);
    }

    private bool Ends(Task calling, TimeSpan within)
    {
        try
        {
            calling.WaitAsync(within, clock).GetAwaiter().GetResult();
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    /// <summary>
    /// Counts the time in which every caller was at it: from when the last one had its first answer until the first one had its last.
    /// </summary>
    private Outcome<TrialMeasure> Evaluate(TrialCaller[] callers)
    {
        var (from, to) = (callers.Max(c => c.Answers[0].At), callers.Min(c => c.Answers[^1].At));
        var counted = callers.SelectMany(c => c.Answers).Where(a => a.At > from && a.At <= to).Select(a => a.Took).Order().ToArray();
        if (counted.Length == 0) return new ServingError(ErrorCode.DeadlineExceeded, "the runs are too slow to be measured");
        return new TrialMeasure(clock.GetElapsedTime(0, counted[counted.Length * 95 / 100]).TotalSeconds, counted.Length / clock.GetElapsedTime(from, to).TotalSeconds);
    }
}
