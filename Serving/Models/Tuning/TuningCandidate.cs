namespace Serving.Models.Tuning;

/// <summary>A setting, and what its trials came to: while exploring the best of them, in the final the medians.</summary>
internal sealed class TuningCandidate(TuningTrial trial)
{
    private readonly List<TrialMeasure> final = [];

    public TuningTrial Trial => trial;

    /// <summary>Trials while exploring.</summary>
    public int Explored { get; private set; }

    public TrialMeasure Measure { get; private set; }

    public void Explore(TrialMeasure measure)
    {
        Measure = Explored++ == 0
            ? measure
            : new TrialMeasure(Math.Min(Measure.LatencySeconds, measure.LatencySeconds), Math.Max(Measure.RowsPerSecond, measure.RowsPerSecond));
    }

    public void Decide(TrialMeasure measure)
    {
        final.Add(measure);
        Measure = new TrialMeasure(Median(static m => m.LatencySeconds), Median(static m => m.RowsPerSecond));
    }

    private double Median(Func<TrialMeasure, double> of)
    {
        var sorted = final.Select(of).Order().ToArray();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
