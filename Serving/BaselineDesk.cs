using System.Text;
using Microsoft.Extensions.Logging;
using Serving.Drift;
using Serving.Drift.Baselines;
using Serving.Drift.Observing;

namespace Serving;

/// <summary>
/// Puts the baselines of one process in force, within the turns of the <see cref="DriftLoop"/>: uploaded, learned, kept by an earlier
/// process, or found in the model's folder. A baseline is saved before it is in force.
/// </summary>
internal sealed class BaselineDesk(SavedDrift saved, ObservedVersions observed, ILogger log)
{
    public static ServingError Nothing(WatchedVersion watched) => new(
        ErrorCode.NotFound,
        $"model '{watched.Model}' version {watched.Version} has no baseline{(watched.Fault is { } fault ? $": {fault}" : "; upload one with PUT, or put baseline.csv into the model's folder")}");

    /// <summary>The baseline as it is stored, or how far it is learned.</summary>
    public static Outcome<ReadOnlyMemory<byte>> Read(WatchedVersion watched) => watched.Watch switch
    {
        { Baseline: { } baseline } => new ReadOnlyMemory<byte>(BaselineDocument.Write(baseline)),
        { Learner: { } learner } => new ReadOnlyMemory<byte>(Encoding.UTF8.GetBytes(
            FormattableString.Invariant($"{{\"learn\":{{\"requests\":{learner.Wanted},\"seen\":{learner.Rows}}}}}"))),
        _ => Nothing(watched),
    };

    public Outcome<BaselineStatus> Put(WatchedVersion watched, Baseline baseline)
    {
        if (FeatureMatch.Match(baseline, watched.Watch.Catalog).Error is { } unfit) return unfit;
        return Install(watched, baseline) is { } error ? NotKept(watched, error) : watched.Watch.Status;
    }

    /// <summary>Keeps a baseline that fits, then puts it in force.</summary>
    public ServingError? Install(WatchedVersion watched, Baseline baseline)
    {
        if (saved.Save(watched.Model, watched.Version, baseline) is { } error)
        {
            DriftLog.NotSaved(log, watched.Model, watched.Version, error.Message);
            return error;
        }

        Use(watched, baseline, BaselineOrigin.Kept, null);
        return null;
    }

    /// <param name="watched">The version.</param>
    /// <param name="rows">How many rows to learn from.</param>
    /// <param name="order">The order as it was given, to be kept.</param>
    public Outcome<BaselineStatus> Learn(WatchedVersion watched, int rows, byte[] order)
    {
        if (saved.SaveLearning(watched.Model, watched.Version, order) is { } error) return NotKept(watched, error);
        watched.Watch.Learn(rows);
        Decide(watched, BaselineOrigin.Kept);
        return watched.Watch.Status;
    }

    public Outcome<Done> Remove(WatchedVersion watched)
    {
        if (!watched.Watch.IsWatching) return Nothing(watched);
        if (saved.Remove(watched.Model, watched.Version) is { } error) return NotKept(watched, error);
        watched.Watch.Clear();
        Decide(watched, BaselineOrigin.None);
        return default(Done);
    }

    /// <summary>Goes on with what an earlier process kept.</summary>
    public void Restore(WatchedVersion watched, byte[] document)
    {
        watched.IsDecided = true;
        if (SavedDrift.IsRemoved(document)) return;
        if (LearnJson.IsLearn(document) && LearnJson.Read(document, BaselineLearner.MostRows).TryGetValue(out var rows, out _))
        {
            watched.Watch.Learn(rows);
            Decide(watched, BaselineOrigin.Kept);
        }
        else if (BaselineDocument.Read(document).TryGetValue(out var baseline, out var error))
        {
            Use(watched, baseline, BaselineOrigin.Kept, null);
        }
        else
        {
            Refuse(watched, error);
        }
    }

    /// <summary>Puts a baseline in force, with what was counted against it before.</summary>
    public void Use(WatchedVersion watched, Baseline baseline, BaselineOrigin origin, byte[]? state)
    {
        var stored = saved.LoadState(watched.Model, watched.Version);
        if (watched.Watch.Set(baseline, stored.Length > 0 ? stored : state).Error is { } error)
        {
            Refuse(watched, error);
            return;
        }

        // Of an earlier process: nothing will be added to them.
        foreach (var pane in saved.LoadPanes(watched.Model, watched.Version)) watched.Watch.Resume(pane with { Sealed = true });
        Decide(watched, origin);
        DriftLog.BaselineSet(log, watched.Model, watched.Version, baseline.Hash, baseline.Count);
    }

    /// <summary>Compares with nothing, and says why when asked.</summary>
    public void Refuse(WatchedVersion watched, ServingError error)
    {
        watched.Fault = error.Message;
        DriftLog.NotWatched(log, watched.Model, watched.Version, error.Message);
    }

    private ServingError NotKept(WatchedVersion watched, ServingError error)
    {
        DriftLog.NotSaved(log, watched.Model, watched.Version, error.Message);
        return new ServingError(ErrorCode.ModelNotReady,
            $"the baseline of model '{watched.Model}' version {watched.Version} could not be saved, so nothing has changed; see the server's log");
    }

    private void Decide(WatchedVersion watched, BaselineOrigin origin)
    {
        (watched.Origin, watched.IsDecided, watched.Fault) = (origin, true, null);
        observed.Observe(watched);
    }
}
