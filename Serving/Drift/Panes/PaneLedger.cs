namespace Serving.Drift.Panes;

/// <summary>
/// Keeps the shares that nodes deliver and makes panes of them. Which panes come out depends only on what was delivered, never on
/// the order, on repetitions, or on how the work was split among nodes that cut on the same grid.
/// </summary>
/// <remarks>
/// Shares are taken in the order they end. A pane is the shortest run of them with enough rows over a long enough span; it ends
/// earlier when its longest span is over. A share counts once nothing that ends before it can still come: when it is sealed and
/// the lateness has passed, or, its node having died, a minute later. Shares that come later still go to the pane they belong to,
/// as long as that is among the last few.
/// </remarks>
internal sealed class PaneLedger(PaneRule rule, TimeSpan lateness)
{
    /// <summary>Closed panes whose shares are kept apart, so that a late or repeated one is told from a new one.</summary>
    public const int Amendable = 8;

    /// <summary>Most shares waiting for their pane.</summary>
    public const int MostWaiting = 4096;

    /// <summary>When a share that nobody seals counts as all its node will ever say.</summary>
    public static readonly TimeSpan Orphaned = TimeSpan.FromMinutes(1);

    private readonly Dictionary<PaneKey, PaneSummary> waiting = [];
    private readonly List<Closed> recent = [];

    /// <summary>Panes closed so far.</summary>
    public long Panes { get; private set; }

    /// <summary>Up to when everything is in a closed pane.</summary>
    public DateTimeOffset ClosedUntil { get; private set; }

    /// <summary>Rows of shares that came too late, or that there was no room for.</summary>
    public long Dropped { get; private set; }

    /// <summary>Shares not yet in a closed pane, for the open window's report.</summary>
    public IEnumerable<PaneSummary> Waiting => waiting.Values;

    /// <summary>Takes a share. If it changes a closed pane, returns that pane as it was and as it is now.</summary>
    public (Pane Before, Pane After)? Offer(PaneSummary share)
    {
        if (Find(share) is { } closed)
            return Amend(closed, share);

        if (share.End <= ClosedUntil)
            Dropped += share.Count;
        else if (waiting.TryGetValue(share.Key, out var known))
        {
            if (IsMore(share, known))
                waiting[share.Key] = share;
        }
        else if (waiting.Count < MostWaiting)
        {
            waiting.Add(share.Key, share);
        }
        else
        {
            Dropped += share.Count;
        }

        return null;
    }

    /// <summary>The next pane that is complete at this moment, or null. To be called until it is null.</summary>
    public Pane? Close(DateTimeOffset now)
    {
        var frontier = now - lateness;
        var held = HeldAt(frontier);
        var known = waiting.Values.Where(share => share.End < held && share.End <= (share.Sealed ? frontier : frontier - Orphaned)).ToList();
        known.Sort(Order);
        var run = new List<PaneSummary>();
        long rows = 0;
        DateTimeOffset start = DateTimeOffset.MaxValue, end = default;
        for (var i = 0; i < known.Count; i++)
        {
            var share = known[i];
            if (run.Count > 0 && share.End != end && share.End - start > rule.MostSpan)
                return Close(run, end);

            run.Add(share);
            rows += share.Count;
            start = share.Key.Start < start ? share.Key.Start : start;
            end = share.End;
            var groupEnds = i + 1 == known.Count || known[i + 1].End != end;
            if (groupEnds && ((rows >= rule.LeastCount && end - start >= rule.LeastSpan) || end - start >= rule.MostSpan))
                return Close(run, end);
        }

        return run.Count > 0 && frontier - start >= rule.MostSpan ? Close(run, end) : null;
    }

    /// <summary>
    /// The end of the first share on the grid that should be whole by now and is not: its node may yet say more, and panes close in
    /// order. Without a grid shares of several nodes do not meet, and nobody waits.
    /// </summary>
    private DateTimeOffset HeldAt(DateTimeOffset frontier)
    {
        var held = DateTimeOffset.MaxValue;
        if (rule.IsByCount)
            return held;
        foreach (var share in waiting.Values)
            if (!share.Sealed && share.End > frontier - Orphaned && share.End < held)
                held = share.End;
        return held;
    }

    /// <summary>Appends what is needed to go on after a restart; unlike panes, it names the nodes.</summary>
    public void Write(StateWriter state)
    {
        state.Write(Panes);
        state.Write(ClosedUntil);
        state.Write(Dropped);
        var shares = waiting.Values.ToList();
        shares.Sort(Order);
        Write(state, shares);
        state.Write((long)recent.Count);
        foreach (var closed in recent)
        {
            state.Write(closed.Number);
            state.Write(closed.From);
            state.Write(closed.Until);
            Write(state, closed.Shares);
        }
    }

    public void Read(ref StateReader state)
    {
        Panes = state.ReadCount();
        ClosedUntil = state.ReadTime();
        Dropped = state.ReadCount();
        foreach (var share in ReadShares(ref state))
            waiting.Add(share.Key, share);
        var closed = state.ReadLength();
        for (var i = 0; i < closed; i++)
            recent.Add(new Closed(state.ReadCount(), state.ReadTime(), state.ReadTime(), ReadShares(ref state)));
    }

    private static void Write(StateWriter state, List<PaneSummary> shares)
    {
        state.Write((long)shares.Count);
        foreach (var share in shares)
            share.Write(state);
    }

    private static List<PaneSummary> ReadShares(ref StateReader state)
    {
        var shares = new List<PaneSummary>();
        var count = state.ReadLength();
        for (var i = 0; i < count; i++)
            shares.Add(PaneSummary.Read(ref state));
        return shares;
    }

    private static bool IsMore(PaneSummary share, PaneSummary known) =>
        share.Count > known.Count || (share.Count == known.Count && share.Sealed && !known.Sealed);

    private static int Order(PaneSummary a, PaneSummary b)
    {
        var order = a.End.CompareTo(b.End);
        order = order != 0 ? order : a.Key.Start.CompareTo(b.Key.Start);
        order = order != 0 ? order : string.CompareOrdinal(a.Key.Node, b.Key.Node);
        return order != 0 ? order : a.Key.Incarnation.CompareTo(b.Key.Incarnation);
    }

    private Pane Close(List<PaneSummary> shares, DateTimeOffset end)
    {
        foreach (var share in shares)
            waiting.Remove(share.Key);
        recent.Add(new Closed(Panes, ClosedUntil, end, shares));
        if (recent.Count > Amendable)
            recent.RemoveAt(0);
        ClosedUntil = end;
        return Pane.Of(Panes++, shares);
    }

    /// <summary>The closed pane this share is already in, or else belongs into.</summary>
    private Closed? Find(PaneSummary share)
    {
        foreach (var closed in recent)
            if (closed.Shares.Exists(known => known.Key == share.Key))
                return closed;
        return recent.Find(closed => share.End > closed.From && share.End <= closed.Until);
    }

    private static (Pane Before, Pane After)? Amend(Closed closed, PaneSummary share)
    {
        var place = closed.Shares.FindIndex(known => known.Key == share.Key);
        if (place >= 0 && share.Count <= closed.Shares[place].Count)
            return null;

        var before = Pane.Of(closed.Number, closed.Shares);
        if (place >= 0)
            closed.Shares[place] = share with { End = closed.Shares[place].End };
        else
            closed.Shares.Add(share);
        return (before, Pane.Of(closed.Number, closed.Shares));
    }

    private sealed record Closed(long Number, DateTimeOffset From, DateTimeOffset Until, List<PaneSummary> Shares);
}
