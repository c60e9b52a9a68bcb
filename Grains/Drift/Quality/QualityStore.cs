using Microsoft.Extensions.Logging;
using Orleans.Storage;
using Serving.Drift;

namespace Grains.Drift.Quality;

/// <summary>
/// Keeps one model's quality: what came goes to the journal, and all as it is takes its place once a minute, when an alert changed, and after a
/// write that failed. Lives in the turns of the model's grain; callers that come during a write share the next one.
/// </summary>
internal sealed class QualityStore
{
    private static readonly TimeSpan SnapshotEvery = TimeSpan.FromMinutes(1);

    private readonly JudgedModel judged;
    private readonly QualityJournal journal;
    private readonly AlertRelay relay;
    private readonly Action giveUp;
    private readonly TimeProvider clock;
    private readonly ILogger log;
    private readonly SharedRun keeping;
    private DateTimeOffset snapshotAt;

    /// <summary>What came is in no segment: until a model has its first truth, and after a write that failed.</summary>
    private bool isSnapshotDue;

    /// <summary>Somebody else wrote: nothing may be written any more.</summary>
    private bool isStale;

    /// <param name="judged">What is kept.</param>
    /// <param name="journal">Where, as it was loaded.</param>
    /// <param name="relay">Told which alerts are kept.</param>
    /// <param name="giveUp">Ends the grain: another one has taken over, and whoever comes next must begin from what that one wrote.</param>
    /// <param name="clock">The time.</param>
    /// <param name="log">The log.</param>
    public QualityStore(JudgedModel judged, QualityJournal journal, AlertRelay relay, Action giveUp, TimeProvider clock, ILogger log)
    {
        (this.judged, this.journal, this.relay, this.giveUp, this.clock, this.log) = (judged, journal, relay, giveUp, clock, log);
        keeping = new SharedRun(KeepOnceAsync);
        snapshotAt = clock.GetUtcNow();
        isSnapshotDue = !judged.Quality.HasTruths;
    }

    /// <summary>Keeps what came; false when storage does not take it.</summary>
    /// <param name="entry">What came, and was counted.</param>
    /// <param name="isAlertChanged">An alert changed by it.</param>
    public Task<bool> KeepAsync(JournalEntry entry, bool isAlertChanged)
    {
        if (!isSnapshotDue) journal.Add(entry);
        isSnapshotDue |= isAlertChanged;
        return keeping.RunAsync();
    }

    /// <summary>Keeps all there is, by a grain that ends in order.</summary>
    public Task EndAsync()
    {
        if (isStale || (!judged.Quality.HasGrown && !judged.Quality.HasTruths)) return Task.CompletedTask;
        isSnapshotDue = true;
        return keeping.RunAsync();
    }

    private async Task<bool> KeepOnceAsync()
    {
        var isSnapshot = isSnapshotDue || journal.IsFull || clock.GetUtcNow() - snapshotAt >= SnapshotEvery;
        try
        {
            if (!isSnapshot)
            {
                await journal.WriteAsync();
                return true;
            }

            isSnapshotDue = !judged.Quality.HasTruths;
            snapshotAt = clock.GetUtcNow();
            var snapshot = judged.Snapshot();
            await journal.WriteAsync(snapshot);
            relay.Saved(snapshot.Alerts);
            return true;
        }
        catch (Exception e)
        {
            isSnapshotDue = true;
            DriftLog.NotSaved(log, judged.Model, "-", e.Message);
            if (e is InconsistentStateException)
            {
                isStale = true;
                giveUp();
            }

            return false;
        }
    }
}
