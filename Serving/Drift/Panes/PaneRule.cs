namespace Serving.Drift.Panes;

/// <summary>
/// When a pane and a window end. A pane is the unit that is tested; a window, a run of panes, is the unit that is reported.
/// </summary>
/// <param name="LeastCount">Fewest rows of a pane.</param>
/// <param name="LeastSpan">Shortest pane; also the grid that nodes cut on, so that their panes meet. Zero: cut by count alone.</param>
/// <param name="MostSpan">A pane ends after this however few rows it has.</param>
/// <param name="PanesPerWindow">How many panes make a window.</param>
internal sealed record PaneRule(long LeastCount, TimeSpan LeastSpan, TimeSpan MostSpan, int PanesPerWindow)
{
    /// <summary>100 rows or a minute, whichever comes later, but no longer than five minutes; five panes a window.</summary>
    public static PaneRule Default { get; } = new(100, TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(5), 5);

    public bool IsByCount => LeastSpan == TimeSpan.Zero;

    /// <summary>
    /// Windows of exactly so many rows on one node; on several, of the shortest run of panes that has them. Split into as many
    /// equal panes as divide it, at most five.
    /// </summary>
    public static PaneRule ByCount(int rows)
    {
        var panes = 5;
        while (rows % panes != 0)
            panes--;
        return new PaneRule(rows / panes, TimeSpan.Zero, TimeSpan.MaxValue, panes);
    }

    /// <summary>Windows of a fixed length, of five panes.</summary>
    public static PaneRule BySpan(TimeSpan window)
    {
        var pane = new TimeSpan(Math.Max(1, window.Ticks / 5));
        return new PaneRule(0, pane, pane, 5);
    }

    /// <summary>Where the node's pane that holds this moment begins.</summary>
    public DateTimeOffset StartOf(DateTimeOffset time) =>
        IsByCount ? time : new DateTimeOffset(time.UtcTicks - (time.UtcTicks % LeastSpan.Ticks), TimeSpan.Zero);
}
