using Serving.Drift.Baselines;
using Serving.Drift.Panes;
using Serving.Drift.Statistics;

namespace Serving.Drift.Monitoring;

/// <summary>What is remembered of one feature between looks: its alerts, and the counts that feed the slow channel.</summary>
internal sealed class FeatureWatch
{
    private readonly int index;
    private readonly DriftOptions options;
    private readonly AlertTrack[] tracks;
    private readonly Look[] looks;
    private readonly ScalePools pools;
    private long[] sinceBaseline;

    public FeatureWatch(int index, FeatureBaseline baseline, DriftOptions options)
    {
        this.index = index;
        this.options = options;
        Baseline = baseline;
        sinceBaseline = new long[baseline.Counts.Length];
        pools = new ScalePools(index, baseline.Counts.Length);
        var kinds = FeatureTests.KindsOf(baseline);
        tracks = new AlertTrack[kinds.Length];
        for (var k = 0; k < tracks.Length; k++)
            tracks[k] = new AlertTrack(index, kinds[k]);
        looks = new Look[tracks.Length];
    }

    public FeatureBaseline Baseline { get; }

    public ReadOnlySpan<AlertTrack> Tracks => tracks;

    /// <summary>What the last look found, track by track; the first is drift.</summary>
    public ReadOnlySpan<Look> Looks => looks;

    /// <summary>Evidence of the slow channel, as a natural logarithm.</summary>
    public double LogE { get; private set; }

    /// <summary>The effect over all counts of the slow channel, known only when its evidence suffices.</summary>
    public double SlowEffect { get; private set; }

    /// <summary>Whether this moment's evidence of the slow channel is enough, and of a change that matters.</summary>
    public bool IsSlowlyDrifted => LogE >= Math.Log(options.EValue) && SlowEffect >= options.TicketEffect;

    /// <summary>A pane was closed.</summary>
    /// <param name="history">Those before it.</param>
    public void Add(Pane pane, PaneHistory history)
    {
        pools.Add(pane, history);
        pane.Features[index].AddTo(sinceBaseline);
    }

    /// <summary>A closed pane was amended.</summary>
    public void Replace(Pane before, Pane after, PaneHistory history)
    {
        if (history.Count > 0)
            pools.Replace(history[0].Number - after.Number, before, after);
        if (after.Number < tracks[0].Since)
            return;
        after.Features[index].AddTo(sinceBaseline, before.Features[index]);
    }

    /// <summary>Tests every kind on the last 1, 4, 16 and 64 panes, or on as many as there are since the kind was last cleared.</summary>
    public void LookAt(PaneHistory history)
    {
        if (Baseline.Kind == FeatureKind.Numeric)
            pools.FindExtremes(history);
        for (var k = 0; k < tracks.Length; k++)
            looks[k] = LookAt(tracks[k], history);
        LogE = FeatureTests.LogE(Baseline, sinceBaseline);
        SlowEffect = LogE >= Math.Log(options.EValue) ? FeatureTests.Drift(Baseline, sinceBaseline, 1, exactUpTo: -1).Effect : 0;
    }

    private Look LookAt(AlertTrack track, PaneHistory history)
    {
        var look = Look.None;
        var panes = history.Count == 0 ? 0 : Math.Clamp(history[0].Number - track.Since + 1, 0, history.Count);
        for (var s = Look.Scales.Length - 1; s >= 0 && panes > 0; s--)
        {
            // A longer scale than there are panes pools those there are, once.
            if (s > 0 && Look.Scales[s - 1] >= panes)
                continue;
            var pool = panes >= Look.Scales[s] || panes == history.Count ? pools[s] : history.Sum(index, Baseline.Counts.Length, track.Since);
            look = look.With(FeatureTests.Test(track.Kind, Baseline, pool, options.LeastCount, look.Matters), options);
        }

        return look;
    }

    /// <summary>How severe the last look makes this track, or null when it is quiet.</summary>
    public AlertSeverity? Severity(int track, double level)
    {
        var (look, slow) = (looks[track], track == 0 && IsSlowlyDrifted);
        if (look.PageP <= level || (slow && SlowEffect >= options.PageEffect))
            return AlertSeverity.Page;
        return look.TicketP <= level || slow ? AlertSeverity.Ticket : null;
    }

    /// <summary>Whether a window is quiet for this track; null when it is too small to tell.</summary>
    public bool? IsQuiet(int track, FeatureCounts window)
    {
        var finding = FeatureTests.Test(tracks[track].Kind, Baseline, window, options.LeastCount);
        return finding.Tested ? finding.P > 0.05 && finding.Effect < 0.8 * options.TicketEffect : null;
    }

    /// <summary>The drift alert was cleared: the slow channel starts again where the quiet began.</summary>
    public void Restart(PaneHistory history) =>
        sinceBaseline = history.Sum(index, Baseline.Counts.Length, tracks[0].Since).Bins;

    public void Write(StateWriter state)
    {
        state.Write(sinceBaseline);
        foreach (var track in tracks)
            track.Write(state);
    }

    /// <summary>Goes on with what <see cref="Write"/> wrote.</summary>
    /// <param name="history">The panes that are kept.</param>
    public void Read(ref StateReader state, PaneHistory history)
    {
        sinceBaseline = state.ReadCounts();
        foreach (var track in tracks)
            track.Read(ref state);
        pools.Fill(history);
        LookAt(history);
    }
}
