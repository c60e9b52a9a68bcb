using Grains.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;
using Orleans.Storage;
using Serving.Drift;
using Serving.Drift.Observing;
using Serving.Drift.Panes;

namespace Grains.Drift;

/// <summary>
/// All that the monitor of one version keeps: what to compare with, the evidence with what is to be posted of its alerts, and the shares of
/// panes that no closed pane holds yet. Lives in the turns of its grain. Without storage all goes on in memory, and what could not be kept is
/// kept with the next write that succeeds.
/// </summary>
internal sealed class MonitorStore
{
    private readonly string model;
    private readonly string version;
    private readonly IPersistentState<MonitorBaseline> baseline;
    private readonly IPersistentState<MonitorState> evidence;
    private readonly IPersistentState<MonitorShares> shares;
    private readonly Standing standing;
    private readonly Action giveUp;
    private readonly ILogger log;
    private readonly SharedRun saving;

    /// <summary>Panes were closed that the kept evidence does not hold.</summary>
    private bool hasClosed;

    /// <param name="model">The model.</param>
    /// <param name="version">Its version.</param>
    /// <param name="baseline">Where the baseline is kept.</param>
    /// <param name="evidence">Where evidence and outgoing alerts are kept.</param>
    /// <param name="shares">Where shares are kept.</param>
    /// <param name="outbox">What is to be posted.</param>
    /// <param name="standing">Whether this silo may still speak for its grains.</param>
    /// <param name="giveUp">Ends the grain: another one has taken over, and whoever comes next must begin from what that one wrote.</param>
    /// <param name="log">The log.</param>
    public MonitorStore(
        string model, string version, IPersistentState<MonitorBaseline> baseline, IPersistentState<MonitorState> evidence, IPersistentState<MonitorShares> shares,
        AlertOutbox outbox, Standing standing, Action giveUp, ILogger log)
    {
        (this.model, this.version, this.baseline, this.evidence, this.shares) = (model, version, baseline, evidence, shares);
        (Outbox, this.standing, this.giveUp, this.log) = (outbox, standing, giveUp, log);
        saving = new SharedRun(SaveOnceAsync);
        Nodes.Restore(shares.State.Nodes, shares.State.Dropped);
        outbox.Restore(evidence.State.Outgoing);
    }

    /// <summary>What is watched; null until the version was ready once.</summary>
    public VersionWatch? Watch { get; set; }

    /// <summary>What is to be posted of alerts: kept with the evidence.</summary>
    public AlertOutbox Outbox { get; }

    /// <summary>The silos that count: kept with the shares.</summary>
    public CountingNodes Nodes { get; } = new();

    /// <summary>What the version is compared with.</summary>
    public MonitorBaseline Baseline => baseline.State;

    /// <summary>The evidence as it is now; before anything is watched, as it was kept.</summary>
    public byte[] Evidence => Watch?.Save() ?? evidence.State.Evidence ?? [];

    /// <summary>Compares with something else once that is kept, with nothing counted yet; false, and all as before, when it cannot be kept.</summary>
    public async Task<bool> ReplaceAsync(MonitorBaseline next)
    {
        var before = baseline.State;
        baseline.State = next;
        if (!await WriteAsync(baseline) || !await IsMemberAsync())
        {
            baseline.State = before;
            return false;
        }

        Nodes.Clear();
        hasClosed = true;
        return true;
    }

    /// <summary>The same baseline under another number: in force even if it cannot be kept.</summary>
    public Task AnnounceAsync(string announcement, DateTimeOffset now)
    {
        baseline.State = baseline.State.Announce(announcement, now);
        return WriteAsync(baseline);
    }

    /// <summary>Takes the shares that an earlier life of the grain had confirmed.</summary>
    public void Resume()
    {
        foreach (var share in shares.State.Shares)
        {
            var reader = new StateReader(share);
            Watch!.Resume(PaneSummary.Read(ref reader));
        }
    }

    /// <summary>Takes a silo's share of a pane.</summary>
    public void Take(PaneSummary share)
    {
        hasClosed |= share.End <= Watch!.ClosedUntil;
        Watch.Resume(share);
    }

    /// <summary>Closes the panes that are due; once this returns, evidence and the alerts that changed are kept, or will be with the next write.</summary>
    /// <param name="now">The time.</param>
    /// <param name="webhooks">Who is told of an alert.</param>
    public async Task<IReadOnlyList<DriftAlert>> AdvanceAsync(DateTimeOffset now, IReadOnlyList<WebhookConfig> webhooks)
    {
        var until = Watch!.ClosedUntil;
        var changes = Watch.Advance(now);
        hasClosed |= Watch.ClosedUntil != until;
        foreach (var alert in changes) Outbox.Add(alert, webhooks);
        if (hasClosed || changes.Count > 0) await SaveAsync();
        return changes;
    }

    /// <summary>Keeps evidence and shares as they are now; callers that come meanwhile share the next write. False when storage does not take them.</summary>
    public Task<bool> SaveAsync() => saving.RunAsync();

    private async Task<bool> SaveOnceAsync()
    {
        if (hasClosed || Outbox.IsUnsaved)
        {
            hasClosed = false;
            (evidence.State.Evidence, evidence.State.Outgoing) = (Watch!.Save(), Outbox.Save());
            hasClosed = !await WriteAsync(evidence);
            Outbox.Saved(!hasClosed);
        }

        shares.State.Shares = [.. Watch!.Waiting.Select(share => share.Write())];
        Nodes.Save(shares.State);
        return !hasClosed && await WriteAsync(shares);
    }

    /// <summary>False for a silo that has been cut off: another one has begun from what was there before, and this grain ends.</summary>
    private async Task<bool> IsMemberAsync()
    {
        try
        {
            await standing.ConfirmAsync();
            return true;
        }
        catch (Exception e)
        {
            DriftLog.NotSaved(log, model, version, e.Message);
            giveUp();
            return false;
        }
    }

    private async Task<bool> WriteAsync<T>(IPersistentState<T> state)
    {
        try
        {
            await state.WriteStateAsync();
            return true;
        }
        catch (Exception e)
        {
            DriftLog.NotSaved(log, model, version, e.Message);

            // Somebody else wrote: another activation has taken over, and this one must begin from what it wrote.
            if (e is InconsistentStateException) giveUp();
            return false;
        }
    }
}
