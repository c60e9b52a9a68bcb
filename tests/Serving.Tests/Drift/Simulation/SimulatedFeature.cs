using System.Globalization;
using Serving.Drift.Baselines;
using Serving.Drift.Panes;

namespace Serving.Tests.Drift.Simulation;

/// <summary>One feature: a baseline drawn from a law, and windows counted the way the accumulator counts them.</summary>
internal sealed class SimulatedFeature
{
    private readonly NumericBins? bins;

    private SimulatedFeature(FeatureBaseline baseline)
    {
        Baseline = baseline;
        bins = (baseline as NumericBaseline)?.Bins;
    }

    public FeatureBaseline Baseline { get; }

    public static SimulatedFeature Numeric(double[] reference, bool inTimeOrder = false) =>
        new(NumericBuilder.Build("x", reference, 0, inTimeOrder));

    public static SimulatedFeature Draw(Law law, int count, Random random)
    {
        var values = new double[count];
        for (var i = 0; i < count; i++)
            values[i] = law.Draw(random);
        return law.Name.StartsWith("Zipf", StringComparison.Ordinal)
            ? new(CategoricalBuilder.Build("c", Array.ConvertAll(values, Name)))
            : Numeric(values);
    }

    public PaneCounts Window(Law law, int rows, Random random)
    {
        var counts = new PaneCounts(Baseline.Counts.Length);
        for (var i = 0; i < rows; i++)
            Add(counts, law.Draw(random));
        return counts;
    }

    public void Add(FeatureTotals counts, double value)
    {
        if (bins is not null)
            counts.AddNumber(value, bins.Edges, bins.Center, 1 / bins.Unit);
        else
            counts.AddBin(((CategoricalBaseline)Baseline).BinOf(Name(value)));
    }

    private static string Name(double category) => ((int)category).ToString(CultureInfo.InvariantCulture);
}
