namespace Serving.Drift.Panes;

/// <summary>One closed pane of all nodes together: the unit that is tested.</summary>
/// <param name="Number">Counts the panes since the baseline was set.</param>
/// <param name="Start">Of the earliest share.</param>
/// <param name="End">Of the latest share.</param>
/// <param name="Count">Rows.</param>
/// <param name="Features">The sums, in the baseline's order.</param>
internal sealed record Pane(long Number, DateTimeOffset Start, DateTimeOffset End, long Count, PaneCounts[] Features)
{
    /// <summary>Adds up what the nodes saw.</summary>
    public static Pane Of(long number, IReadOnlyList<PaneSummary> shares)
    {
        // One share, the usual case in one process, is the pane; its counts are never changed again.
        var features = shares[0].Features;
        for (var i = 1; i < shares.Count; i++)
        {
            if (i == 1)
                features = Array.ConvertAll(features, feature => feature.Copy());
            for (var f = 0; f < features.Length; f++)
                features[f].Add(shares[i].Features[f]);
        }

        return new Pane(number, shares.Min(share => share.Key.Start), shares.Max(share => share.End), shares.Sum(share => share.Count), features);
    }

    public void Write(StateWriter state)
    {
        state.Write(Number);
        state.Write(Start);
        state.Write(End);
        state.Write(Count);
        state.Write((long)Features.Length);
        foreach (var feature in Features)
            feature.Write(state);
    }

    public static Pane Read(ref StateReader state) =>
        new(state.ReadCount(), state.ReadTime(), state.ReadTime(), state.ReadCount(), PaneSummary.ReadFeatures(ref state));
}
