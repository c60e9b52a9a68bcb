using Serving.Drift.Panes;

namespace Serving.Drift.Monitoring;

/// <summary>The last closed panes, as many as the longest scale pools.</summary>
internal sealed class PaneHistory
{
    private static readonly int Most = Look.Scales[^1];

    private readonly List<Pane> panes = new(Most);

    public int Count => panes.Count;

    /// <summary>The pane so many places back; 0 is the last.</summary>
    public Pane this[int back] => panes[^(back + 1)];

    public void Add(Pane pane)
    {
        if (panes.Count == Most)
            panes.RemoveAt(0);
        panes.Add(pane);
    }

    /// <summary>Puts an amended pane in its place, if it is still kept.</summary>
    public void Replace(Pane pane)
    {
        var place = panes.FindIndex(known => known.Number == pane.Number);
        if (place >= 0)
            panes[place] = pane;
    }

    /// <summary>Sums a feature over the panes from this one on.</summary>
    public FeatureCounts Sum(int feature, int bins, long from)
    {
        var sum = new FeatureCounts(bins);
        foreach (var pane in panes)
            if (pane.Number >= from)
                sum.Add(pane.Features[feature]);
        return sum;
    }

    public void Write(StateWriter state)
    {
        state.Write((long)panes.Count);
        foreach (var pane in panes)
            pane.Write(state);
    }

    public void Read(ref StateReader state)
    {
        var count = state.ReadLength();
        for (var i = 0; i < count; i++)
            Add(Pane.Read(ref state));
    }
}
