namespace Serving.Drift.Panes;

/// <summary>One node's counts of one pane, whole. What travels between nodes and to the disk.</summary>
/// <param name="Key">Names it.</param>
/// <param name="End">When the pane ended, or if it is not sealed, up to when it is known.</param>
/// <param name="Sealed">No more will come under this key.</param>
/// <param name="Count">Rows.</param>
/// <param name="Features">One for each feature of the baseline, in its order.</param>
internal sealed record PaneSummary(PaneKey Key, DateTimeOffset End, bool Sealed, long Count, PaneCounts[] Features)
{
    public byte[] Write()
    {
        var state = new StateWriter();
        Write(state);
        return state.ToArray();
    }

    public void Write(StateWriter state)
    {
        state.Write(Key.Version);
        state.Write(Key.Baseline);
        state.Write(Key.Start);
        state.Write(Key.Node);
        state.Write(Key.Incarnation);
        state.Write(End);
        state.Write(Sealed);
        state.Write(Count);
        state.Write((long)Features.Length);
        foreach (var feature in Features)
            feature.Write(state);
    }

    public static PaneSummary Read(ref StateReader state)
    {
        var key = new PaneKey(state.ReadString(), state.ReadString(), state.ReadTime(), state.ReadString(), state.ReadCount());
        var end = state.ReadTime();
        var isSealed = state.ReadBool();
        var count = state.ReadCount();
        return new PaneSummary(key, end, isSealed, count, ReadFeatures(ref state));
    }

    public static PaneCounts[] ReadFeatures(ref StateReader state)
    {
        var features = new PaneCounts[state.ReadLength()];
        for (var i = 0; i < features.Length; i++)
            features[i] = PaneCounts.Read(ref state);
        return features;
    }
}
