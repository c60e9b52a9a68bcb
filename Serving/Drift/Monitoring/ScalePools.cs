using Serving.Drift.Panes;

namespace Serving.Drift.Monitoring;

/// <summary>
/// One feature's counts over the last 1, 4, 16 and 64 panes. Whole counts can be taken out again exactly, so a new pane costs one
/// exchange a scale, not a new sum of all panes.
/// </summary>
internal sealed class ScalePools
{
    private readonly int feature;
    private readonly FeatureCounts[] sums;

    public ScalePools(int feature, int bins)
    {
        this.feature = feature;
        sums = Array.ConvertAll(Look.Scales, _ => new FeatureCounts(bins));
    }

    /// <summary>The sum over as many panes as the scale says, or over all where there are fewer.</summary>
    public FeatureCounts this[int scale] => sums[scale];

    /// <summary>A pane follows those of the history, which does not hold it yet.</summary>
    public void Add(Pane pane, PaneHistory history)
    {
        for (var s = 0; s < sums.Length; s++)
        {
            if (history.Count >= Look.Scales[s])
                sums[s].Replace(history[Look.Scales[s] - 1].Features[feature], pane.Features[feature]);
            else
                sums[s].Add(pane.Features[feature]);
        }
    }

    /// <summary>Sums up what a history holds; nothing was added before.</summary>
    public void Fill(PaneHistory history)
    {
        for (var s = 0; s < sums.Length; s++)
            for (var back = Math.Min(history.Count, Look.Scales[s]) - 1; back >= 0; back--)
                sums[s].Add(history[back].Features[feature]);
    }

    /// <summary>A pane was amended.</summary>
    /// <param name="back">How many panes came after it.</param>
    public void Replace(long back, Pane before, Pane after)
    {
        for (var s = 0; s < sums.Length; s++)
            if (back < Look.Scales[s])
                sums[s].Replace(before.Features[feature], after.Features[feature]);
    }

    /// <summary>Finds the extremes of numbers, which sums cannot forget, among the panes that the sums are of.</summary>
    public void FindExtremes(PaneHistory history)
    {
        var (back, minimum, maximum) = (0, double.PositiveInfinity, double.NegativeInfinity);
        for (var s = 0; s < sums.Length; s++)
        {
            for (; back < Math.Min(history.Count, Look.Scales[s]); back++)
            {
                var counts = history[back].Features[feature];
                minimum = Math.Min(minimum, counts.Minimum);
                maximum = Math.Max(maximum, counts.Maximum);
            }

            sums[s].Bound(minimum, maximum);
        }
    }
}
