using System.Globalization;
using Serving.Drift.Monitoring;
using Serving.Drift.Panes;
using Serving.Drift.Statistics;
using Serving.Tests.Drift.Reference;
using Serving.Tests.Drift.Simulation;

namespace Benchmarks.Drift;

/// <summary>
/// The same quiet and changed windows judged by this product and by the rules of others, which were written down from their
/// sources and agree with the reference cases.
/// </summary>
internal static class AnchorTable
{
    private const int Baselines = 40;
    private const int BaselineRows = 10_000;

    private static readonly (Law Law, int Rows)[] Columns =
        [(Law.Normal, 100), (Law.Normal, 500), (Law.Normal, 5000), (Law.Shifted(0.25), 500), (Law.Scaled(1.25), 500)];

    private static readonly (string Name, Func<Drawn, bool> Alarms)[] Rules =
    [
        ("this product, p < 0.1 %", drawn => FeatureTests.Drift(drawn.Feature.Baseline, drawn.Counts, 100).P <= 0.001),
        ("KS, p < 5 %", drawn => KolmogorovSmirnov.LimitP(drawn.Baseline, drawn.Window) < 0.05),
        ("KS, p < 0.1 %", drawn => KolmogorovSmirnov.LimitP(drawn.Baseline, drawn.Window) < 0.001),
        ("Wasserstein / sd >= 0.1 (Evidently from 1,000 rows up, Azure)", drawn => Wasserstein.Normed(drawn.Baseline, drawn.Window) >= 0.1),
        ("PSI of deciles > 0.1", drawn => drawn.Psi > 0.1),
        ("PSI of deciles > 0.2", drawn => drawn.Psi > 0.2),
        ("Jensen-Shannon > 0.1 (NannyML's bins)", drawn => ProductRules.NannyMl(drawn.Baseline, drawn.Window) > 0.1),
        ("L-infinity, corrected, > 0.1 (SageMaker robust)", drawn => ProductRules.DeequRobust(drawn.Baseline, drawn.Window) > 0.1),
    ];

    public static void Print(double scale)
    {
        var windows = (int)Math.Ceiling(50 * scale);
        var alarms = new int[Rules.Length, Columns.Length];
        for (var column = 0; column < Columns.Length; column++)
            Count(alarms, column, windows);

        Console.WriteLine();
        Console.WriteLine($"| windows that alarm, of {windows * Baselines:N0} | quiet, 100 rows | quiet, 500 | quiet, 5,000 | 0.25 sd, 500 | scale x 1.25, 500 |");
        Console.WriteLine("|---|---|---|---|---|---|");
        for (var rule = 0; rule < Rules.Length; rule++)
        {
            var shares = Enumerable.Range(0, Columns.Length)
                .Select(column => (alarms[rule, column] / (double)(windows * Baselines)).ToString("0.0%", CultureInfo.InvariantCulture));
            Console.WriteLine($"| {Rules[rule].Name} | {string.Join(" | ", shares)} |");
        }
    }

    private static void Count(int[,] alarms, int column, int windows)
    {
        var random = new Random(10 + column);
        for (var b = 0; b < Baselines; b++)
        {
            var baseline = Sorted(Law.Normal, BaselineRows, random);
            var feature = SimulatedFeature.Numeric(baseline);
            for (var w = 0; w < windows; w++)
            {
                var drawn = new Drawn(feature, baseline, Sorted(Columns[column].Law, Columns[column].Rows, random));
                for (var rule = 0; rule < Rules.Length; rule++)
                    alarms[rule, column] += Rules[rule].Alarms(drawn) ? 1 : 0;
            }
        }
    }

    private static double[] Sorted(Law law, int rows, Random random)
    {
        var values = new double[rows];
        for (var i = 0; i < rows; i++)
            values[i] = law.Draw(random);
        Array.Sort(values);
        return values;
    }

    /// <summary>A baseline and a window, raw and counted.</summary>
    private sealed class Drawn
    {
        public Drawn(SimulatedFeature feature, double[] baseline, double[] window)
        {
            (Feature, Baseline, Window) = (feature, baseline, window);
            var counts = new FeatureCounts(feature.Baseline.Counts.Length);
            foreach (var value in window)
                feature.Add(counts, value);
            Counts = counts.Bins;
            Psi = Divergence.Psi(feature.Baseline.Shown.Sum(feature.Baseline.Counts), feature.Baseline.Shown.Sum(Counts));
        }

        public SimulatedFeature Feature { get; }

        public double[] Baseline { get; }

        public double[] Window { get; }

        public long[] Counts { get; }

        public double Psi { get; }
    }
}
