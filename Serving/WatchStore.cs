using Microsoft.Extensions.Logging;
using Serving.Drift;
using Serving.Drift.Observing;

namespace Serving;

/// <summary>
/// Keeps what must survive of watched versions, within the turns of the <see cref="DriftLoop"/>: panes as they close, the state of a
/// monitor with what is to be posted of it, the open pane at each flush. What could not be kept is tried again with the next flush.
/// </summary>
internal sealed class WatchStore(SavedDrift saved, WebhookLoop webhooks, TimeProvider clock, ILogger log)
{
    public void Flush(WatchedVersion watched)
    {
        if (watched.Watch.HasClosedPane || watched.IsUnsaved) Save(watched);
        else if (watched.Watch.HasGrown) Keep(watched, null);
    }

    /// <summary>Keeps the panes that closed since.</summary>
    public void KeepClosed(WatchedVersion watched)
    {
        var error = saved.SavePanes(watched.Model, watched.Version, watched.Watch.Closed);
        watched.Watch.Closed.Clear();
        if (error is null) return;
        watched.IsUnsaved = true;
        DriftLog.NotSaved(log, watched.Model, watched.Version, error.Message);
    }

    /// <summary>Keeps everything; once it is, what is to be posted may be.</summary>
    public void Save(WatchedVersion watched) => Keep(watched, watched.Watch.Save());

    private void Keep(WatchedVersion watched, byte[]? state)
    {
        var error = saved.SaveState(watched.Model, watched.Version, state, watched.Watch.Snapshot(clock.GetUtcNow()), watched.Outgoing);
        watched.IsUnsaved = error is not null;
        if (error is not null)
        {
            DriftLog.NotSaved(log, watched.Model, watched.Version, error.Message);
            return;
        }

        webhooks.Add(watched.Outgoing);
        watched.Outgoing.Clear();
    }
}
