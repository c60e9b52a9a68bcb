using Serving.Drift.Baselines;
using Serving.Drift.Panes;

namespace Serving.Drift.Monitoring;

/// <summary>
/// Watches one model version's traffic against its baseline. Panes of whole counts come in, from any number of nodes, in any
/// order, as often as they like; at each <see cref="Advance"/> the alerts that changed go out.
/// </summary>
/// <remarks>
/// <para>A <b>pane</b> (100 rows, or a minute) is tested when it closes; that is a <b>look</b>. Each look tests each feature for
/// each kind of trouble on the last 1, 4, 16 and 64 panes together: a large change shows in one pane, a small one once enough
/// panes are pooled. A <b>window</b> (five panes) is what is reported, and what alerts are cleared by.</para>
/// <para><b>Levels.</b> Fixed thresholds on a distance alarm on chance when windows are small and sleep when they are large. Here
/// a p-value decides, whose law holds both sample sizes, and the distance is only a floor of what matters. Each look is taken
/// at the share of the model's budget of false alerts (one in thirty days) that its own duration is worth, split evenly over
/// all tests, so the budget holds at any traffic and for any number of features. That is Bonferroni, and decides alerts; for the
/// report's count of drifted features the step-up rule of Benjamini and Hochberg starts from the same level, so that quiet
/// traffic has quiet reports, while many features drifting together lower the bar for the rest.</para>
/// <para>The <b>slow channel</b> is an e-process over everything since the baseline was set: evidence that may be looked at as
/// often as one likes, alerting at 1,000, for changes too small for any 64 panes.</para>
/// <para><b>Invariants.</b> There is one alert for each feature and kind. A late share amends its pane and may raise or worsen an
/// alert, never withdraw one. State is a function of the shares delivered in time: not of their order, of repetitions, or of how
/// nodes split them (to the bit: <see cref="WriteEvidence"/>). All times are those of panes; no clock is read.</para>
/// </remarks>
internal sealed class DriftMonitor
{
    /// <summary>Alert events kept for reading.</summary>
    public const int EventsKept = 256;

    /// <summary>A p-value below this may become an alert soon.</summary>
    private const double Suspicious = 0.01;

    private const int Format = 1;

    private readonly PaneLedger ledger;
    private readonly PaneHistory history = new();
    private readonly FeatureWatch[] watches;
    private readonly WindowBook windows;
    private readonly List<DriftAlert> events = [];
    private readonly int tests;
    private bool amended;

    public DriftMonitor(string model, string version, Baseline baseline, DriftOptions options)
    {
        Model = model;
        Version = version;
        Baseline = baseline;
        Options = options;
        ledger = new PaneLedger(options.Panes, options.Lateness);
        watches = [.. baseline.Features.Select((feature, i) => new FeatureWatch(i, feature, options.For(feature.Kind, baseline.Features.Length)))];
        windows = new WindowBook(watches, options);
        foreach (var feature in baseline.Features)
            tests += FeatureTests.KindsOf(feature).Length;
    }

    public string Model { get; }

    public string Version { get; }

    public Baseline Baseline { get; }

    public DriftOptions Options { get; }

    /// <summary>Windows closed since this monitor was made.</summary>
    public long WindowsClosed { get; private set; }

    /// <summary>Rows that came too late to be counted.</summary>
    public long Dropped => ledger.Dropped;

    /// <summary>Up to when everything is in a closed pane.</summary>
    public DateTimeOffset ClosedUntil => ledger.ClosedUntil;

    /// <summary>Shares that are in no closed pane yet.</summary>
    public IEnumerable<PaneSummary> Waiting => ledger.Waiting;

    /// <summary>Raised, worsened and cleared alerts, oldest first.</summary>
    public IReadOnlyList<DriftAlert> Events => events;

    /// <summary>Takes one node's share of a pane. False, and nothing changes, when it was counted for another version or baseline.</summary>
    public bool Offer(PaneSummary share)
    {
        if (share.Key.Version != Version || share.Key.Baseline != Baseline.Hash || share.Features.Length != watches.Length)
            return false;

        if (ledger.Offer(share) is not var (before, after))
            return true;

        history.Replace(after);
        windows.Replace(before, after);
        foreach (var watch in watches)
            watch.Replace(before, after, history);
        amended = true;
        return true;
    }

    /// <summary>Closes and tests what is complete by now.</summary>
    /// <returns>Alerts that were raised, became more severe or were cleared, in that order of time.</returns>
    public IReadOnlyList<DriftAlert> Advance(DateTimeOffset now)
    {
        List<DriftAlert>? changes = null;
        while (ledger.Close(now) is { } pane)
        {
            foreach (var watch in watches)
                watch.Add(pane, history);
            history.Add(pane);
            LookAt(pane, ref changes);
            if (windows.Add(pane, history, LevelOf(pane)) is { } window)
            {
                WindowsClosed++;
                EndWindow(window, ref changes);
            }

            amended = false;
        }

        if (amended && history.Count > 0)
        {
            LookAt(history[0], ref changes);
            windows.Observe();
            amended = false;
        }

        return changes ?? (IReadOnlyList<DriftAlert>)[];
    }

    /// <summary>The report as of the last <see cref="Advance"/>.</summary>
    /// <param name="dropped">Observations lost before they came here.</param>
    /// <param name="most">How many closed windows to report at most.</param>
    public DriftReport Report(long dropped, int most = int.MaxValue)
    {
        var reports = new List<DriftWindow>();
        if (windows.Open(ledger.Waiting, history) is { } open)
            reports.Add(DriftReporter.Report(open, true, Baseline, Options));
        for (var i = windows.Closed.Count - 1; i >= 0 && windows.Closed.Count - i <= most; i--)
            reports.Add(DriftReporter.Report(windows.Closed[i], false, Baseline, Options));
        return new DriftReport(Model, Version, new BaselineInfo(Baseline.Hash, Baseline.Count, Baseline.IsProvisional),
            dropped + Dropped, reports, Standing());
    }

    /// <summary>The alerts that stand, by feature and kind.</summary>
    public IReadOnlyList<DriftAlert> Standing()
    {
        var standing = new List<DriftAlert>();
        foreach (var watch in watches)
            foreach (var track in watch.Tracks)
                if (track is { IsRaised: true, Current: { } alert })
                    standing.Add(alert);
        return standing;
    }

    /// <summary>
    /// Whether another version's alert is news here: panes were closed since, and the same feature shows nothing of the kind. Null
    /// while that cannot be said; false when this version's own alert stands.
    /// </summary>
    public bool? IsFree(DriftAlert other)
    {
        var watch = Array.Find(watches, watch => watch.Baseline.Name == other.Feature);
        for (var k = 0; k < watch?.Tracks.Length; k++)
        {
            if (watch.Tracks[k].Kind != other.Kind)
                continue;
            return watch.Tracks[k].IsRaised ? false
                : history.Count > 0 && history[0].End > other.At && watch.Looks[k] is { Tested: true, P: > Suspicious } ? true
                : null;
        }

        return true;
    }

    /// <summary>All state, for going on after a restart.</summary>
    public byte[] Save()
    {
        var state = new StateWriter();
        WriteEvidence(state);
        ledger.Write(state);
        return state.ToArray();
    }

    /// <summary>The state that reports and alerts come from, without who delivered it: counts, windows and alerts.</summary>
    public void WriteEvidence(StateWriter state)
    {
        state.Write((long)Format);
        state.Write(Model);
        state.Write(Version);
        state.Write(Baseline.Hash);
        history.Write(state);
        foreach (var watch in watches)
            watch.Write(state);
        windows.Write(state);
        state.Write((long)events.Count);
        foreach (var alert in events)
            AlertCodec.Write(state, alert);
    }

    /// <summary>The monitor that <see cref="Save"/> was called on; an error when the bytes are of another baseline or damaged.</summary>
    public static Outcome<DriftMonitor> Restore(
        string model, string version, Baseline baseline, DriftOptions options, ReadOnlySpan<byte> saved)
    {
        var monitor = new DriftMonitor(model, version, baseline, options);
        try
        {
            var state = new StateReader(saved);
            if (state.ReadCount() != Format || state.ReadString() != model || state.ReadString() != version || state.ReadString() != baseline.Hash)
                return ServingError.Invalid($"the stored drift state of '{model}' is not of version {version} and its baseline");

            monitor.history.Read(ref state);
            foreach (var watch in monitor.watches)
                watch.Read(ref state, monitor.history);
            monitor.windows.Read(ref state);
            var events = state.ReadLength();
            for (var i = 0; i < events; i++)
                monitor.events.Add(AlertCodec.Read(ref state));
            monitor.ledger.Read(ref state);
            return monitor;
        }
        catch (Exception fault) when (fault is FormatException or ArgumentException)
        {
            return ServingError.Invalid($"the stored drift state of '{model}' is damaged: {fault.Message}");
        }
    }

    private double LevelOf(Pane pane) => Options.LevelOf(pane.End - pane.Start, tests);

    private void LookAt(Pane pane, ref List<DriftAlert>? changes)
    {
        var level = LevelOf(pane);
        foreach (var watch in watches)
        {
            watch.LookAt(history);
            for (var k = 0; k < watch.Tracks.Length; k++)
                if (watch.Tracks[k].Observe(watch.Severity(k, level), pane.End, Options))
                    Announce(watch, k, AlertState.Raised, pane.End, level, ref changes);
        }
    }

    private void EndWindow(WindowRecord window, ref List<DriftAlert>? changes)
    {
        for (var f = 0; f < watches.Length; f++)
        {
            var watch = watches[f];
            for (var k = 0; k < watch.Tracks.Length; k++)
            {
                var track = watch.Tracks[k];
                if (!track.IsRaised || !track.EndWindow(watch.IsQuiet(k, window.Features[f]), window.FirstPane, window.End, Options))
                    continue;
                if (k == 0)
                    watch.Restart(history);
                Announce(watch, k, AlertState.Cleared, window.End, window.Level, ref changes);
            }
        }
    }

    private void Announce(FeatureWatch watch, int k, AlertState state, DateTimeOffset at, double level, ref List<DriftAlert>? changes)
    {
        var (track, look, name) = (watch.Tracks[k], watch.Looks[k], watch.Baseline.Name);
        var slowly = k == 0 && look.TicketP > level && state == AlertState.Raised;
        var effect = slowly ? watch.SlowEffect : look.Effect;
        var alert = new DriftAlert(
            AlertText.Id(Model, Version, Baseline.Hash, name, track.Kind, track.RaisedAt), name, track.Kind, track.Severity, state, at,
            track.RaisedAt, look.P, level, effect,
            state == AlertState.Raised ? AlertText.Raised(name, track.Kind, look.P, level, slowly, watch.LogE, effect) : AlertText.Cleared(name));
        track.Current = alert;
        if (events.Count == EventsKept)
            events.RemoveAt(0);
        events.Add(alert);
        (changes ??= []).Add(alert);
    }
}
