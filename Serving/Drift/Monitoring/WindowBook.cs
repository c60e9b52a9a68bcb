using Serving.Drift.Panes;

namespace Serving.Drift.Monitoring;

/// <summary>The open window, and the closed ones that are kept.</summary>
internal sealed class WindowBook(FeatureWatch[] watches, DriftOptions options)
{
    private readonly List<WindowRecord> closed = [];
    private readonly Look[] looks = NoLooks(watches.Length);
    private long firstPane;
    private int panes;
    private double lastLevel;

    /// <summary>Oldest first.</summary>
    public IReadOnlyList<WindowRecord> Closed => closed;

    /// <summary>A pane was closed and looked at. Returns the window that it ended, if it did.</summary>
    public WindowRecord? Add(Pane pane, PaneHistory history, double level)
    {
        lastLevel = level;
        if (panes++ == 0)
            firstPane = pane.Number;
        Observe();
        if (panes < options.Panes.PanesPerWindow)
            return null;

        var window = Make(history, []);
        if (closed.Count == options.WindowsKept)
            closed.RemoveAt(0);
        closed.Add(window);
        panes = 0;
        Array.Fill(looks, Look.None);
        return window;
    }

    /// <summary>Keeps what the last look found, if it is the most telling so far.</summary>
    public void Observe()
    {
        for (var f = 0; f < looks.Length; f++)
            looks[f] = looks[f].Or(watches[f].Looks[0]);
    }

    /// <summary>A closed pane was amended: so is the window it is in.</summary>
    public void Replace(Pane before, Pane after)
    {
        var place = closed.FindIndex(window => window.FirstPane <= after.Number && after.Number <= window.LastPane);
        if (place < 0)
            return;

        var window = closed[place];
        for (var f = 0; f < window.Features.Length; f++)
            window.Features[f].Replace(before.Features[f], after.Features[f]);
        closed[place] = window with { Count = window.Count + after.Count - before.Count };
    }

    /// <summary>What is known of the open window: its panes, and shares that are in none yet. Null when that is nothing.</summary>
    public WindowRecord? Open(IEnumerable<PaneSummary> waiting, PaneHistory history)
    {
        PaneSummary[] shares = [.. waiting];
        return panes == 0 && shares.Length == 0 ? null : Make(history, shares);
    }

    public void Write(StateWriter state)
    {
        state.Write((long)panes);
        state.Write(firstPane);
        state.Write(lastLevel);
        foreach (var look in looks)
            new WindowVerdict(look, 0, FeatureState.Ok).Write(state);
        state.Write((long)closed.Count);
        foreach (var window in closed)
            window.Write(state);
    }

    public void Read(ref StateReader state)
    {
        panes = (int)state.ReadCount();
        firstPane = state.ReadCount();
        lastLevel = state.ReadDouble();
        for (var f = 0; f < looks.Length; f++)
            looks[f] = WindowVerdict.Read(ref state).Look;
        var count = state.ReadLength();
        for (var i = 0; i < count; i++)
            closed.Add(WindowRecord.Read(ref state));
    }

    private static Look[] NoLooks(int features)
    {
        var looks = new Look[features];
        Array.Fill(looks, Look.None);
        return looks;
    }

    private WindowRecord Make(PaneHistory history, PaneSummary[] waiting)
    {
        var features = Array.ConvertAll(watches, watch => new FeatureCounts(watch.Baseline.Counts.Length));
        DateTimeOffset start = DateTimeOffset.MaxValue, end = DateTimeOffset.MinValue;
        long count = 0;
        void Take(DateTimeOffset from, DateTimeOffset until, long rows, PaneCounts[] counts)
        {
            start = from < start ? from : start;
            end = until > end ? until : end;
            count += rows;
            for (var f = 0; f < features.Length; f++)
                features[f].Add(counts[f]);
        }

        for (var back = panes - 1; back >= 0; back--)
            Take(history[back].Start, history[back].End, history[back].Count, history[back].Features);
        foreach (var share in waiting)
            Take(share.Key.Start, share.End, share.Count, share.Features);
        var last = firstPane + Math.Max(0, panes - 1);
        return new WindowRecord(firstPane, last, start, end, count, lastLevel, features, Verdicts(lastLevel));
    }

    /// <summary>Benjamini and Hochberg's step-up rule from the level of a single alert.</summary>
    private WindowVerdict[] Verdicts(double level)
    {
        var sorted = Array.ConvertAll(looks, look => look.TicketP);
        Array.Sort(sorted);
        var bar = level;
        for (var rank = sorted.Length; rank >= 1; rank--)
        {
            if (sorted[rank - 1] <= rank * level)
            {
                bar = rank * level;
                break;
            }
        }

        var verdicts = new WindowVerdict[looks.Length];
        for (var f = 0; f < verdicts.Length; f++)
        {
            var drifted = looks[f].TicketP <= bar || watches[f].IsSlowlyDrifted;
            var state = drifted ? FeatureState.Drifted : looks[f].Tested ? FeatureState.Ok : FeatureState.Insufficient;
            verdicts[f] = new WindowVerdict(looks[f], watches[f].LogE, state);
        }

        return verdicts;
    }
}
