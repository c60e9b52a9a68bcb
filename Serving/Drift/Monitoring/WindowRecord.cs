using Serving.Drift.Panes;

namespace Serving.Drift.Monitoring;

/// <summary>A closed window: its counts, and what the looks during it found of each feature's distribution.</summary>
/// <param name="FirstPane">The number of its first pane.</param>
/// <param name="LastPane">The number of its last pane.</param>
/// <param name="Start">When it began.</param>
/// <param name="End">When it ended.</param>
/// <param name="Count">Rows.</param>
/// <param name="Level">The level its last look was taken at.</param>
/// <param name="Features">Sums of its panes.</param>
/// <param name="Verdicts">One for each feature.</param>
internal sealed record WindowRecord(
    long FirstPane,
    long LastPane,
    DateTimeOffset Start,
    DateTimeOffset End,
    long Count,
    double Level,
    FeatureCounts[] Features,
    WindowVerdict[] Verdicts)
{
    public void Write(StateWriter state)
    {
        state.Write(FirstPane);
        state.Write(LastPane);
        state.Write(Start);
        state.Write(End);
        state.Write(Count);
        state.Write(Level);
        state.Write((long)Features.Length);
        foreach (var feature in Features)
            feature.Write(state);
        foreach (var verdict in Verdicts)
            verdict.Write(state);
    }

    public static WindowRecord Read(ref StateReader state)
    {
        var (first, last, start, end) = (state.ReadCount(), state.ReadCount(), state.ReadTime(), state.ReadTime());
        var (count, level, features) = (state.ReadCount(), state.ReadDouble(), new FeatureCounts[state.ReadLength()]);
        for (var i = 0; i < features.Length; i++)
            features[i] = FeatureCounts.Read(ref state);
        var verdicts = new WindowVerdict[features.Length];
        for (var i = 0; i < verdicts.Length; i++)
            verdicts[i] = WindowVerdict.Read(ref state);
        return new WindowRecord(first, last, start, end, count, level, features, verdicts);
    }
}
