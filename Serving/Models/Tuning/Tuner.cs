using Serving.Inference;
using Serving.Sessions;

namespace Serving.Models.Tuning;

/// <summary>
/// Drives <see cref="TuningSearch"/>: measures the trials that it asks for, on the session threads, which the models that serve
/// meanwhile share. Blocks for some seconds; longer only for slow models, and never for longer than a limit.
/// </summary>
internal sealed class Tuner(SessionThreads threads, TimeProvider clock)
{
    private static readonly TimeSpan TrialTime = TimeSpan.FromMilliseconds(100);

    /// <summary>No further trial begins after this, and none may take longer.</summary>
    private static readonly TimeSpan SearchTime = TimeSpan.FromSeconds(15);

    /// <summary>The best setting found; null when nothing could be run.</summary>
    /// <param name="sessions">The model's sessions. One whose run did not end is dropped.</param>
    /// <param name="view">A session as the version serves it.</param>
    /// <param name="metadata">The signature as served.</param>
    /// <param name="goal">What to keep.</param>
    public TuningResult? Run(SessionChoice sessions, Func<IModelSession, IModelSession> view, ModelMetadata metadata, TuningGoal goal)
    {
        if (WarmUp.Zeros(metadata) is null) return null;
        var search = new TuningSearch(threads.Count, metadata.MaxBatchSize, goal.Latency.TotalSeconds);
        var load = new TrialLoad(threads, clock);
        var began = clock.GetTimestamp();
        while (clock.GetElapsedTime(began) < SearchTime && search.Next() is { } trial)
        {
            if (!sessions.Open(trial.Threads).TryGetValue(out var session, out _)) break;
            if (!load.Measure(view(session), metadata, trial, trial.Callers, TrialTime, SearchTime).TryGetValue(out var measure, out var error))
            {
                if (error.Code == ErrorCode.DeadlineExceeded) sessions.Drop(trial.Threads);
                break;
            }

            search.Learn(measure);
        }

        return search.Best;
    }
}
