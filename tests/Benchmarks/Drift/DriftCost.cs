using System.Diagnostics;
using System.Globalization;
using System.Text;
using Serving.Drift.Baselines;
using Serving.Drift.Monitoring;
using Serving.Drift.Panes;
using Serving.Tests.Drift;
using Serving.Tests.Drift.Simulation;

namespace Benchmarks.Drift;

/// <summary>What watching costs: a value counted, a pane kept, a feature tested.</summary>
internal static class DriftCost
{
    private const int Rounds = 300;

    /// <summary>A minute of 10,000 a second.</summary>
    private const int RowsOfAPane = 600_000;

    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(0.7);

    public static void Measure(MarkTable table)
    {
        var numbers = Draws.Normal(1, 10_000);
        var numeric = NumericBuilder.Build("x", numbers);
        var random = new Random(2);
        var zipf = Law.Zipf(200);
        var thousand = Law.Zipf(1_000);
        var categories = new byte[4096][];
        for (var i = 0; i < categories.Length; i++)
            categories[i] = Encoding.UTF8.GetBytes($"category {zipf.Draw(random)}");
        var categorical = Categories("c", zipf, 10_000);
        var many = Categories("d", thousand, 100_000);
        var accumulator = new WindowAccumulator(new Baseline([numeric, categorical, many]), PaneRule.Default, "1", "node", 0);
        accumulator.Begin(default);

        const int Values = 20_000;
        table.AtMost("ns to count a number", Best(Values, i => accumulator.Add(0, numbers[i % numbers.Length])), 100, Values);
        table.AtMost("ns to count a category of 200", Best(Values, i => accumulator.AddCategory(1, categories[i & 4095])), 100, Values);

        accumulator.Cut(default);
        for (var i = 0; i < RowsOfAPane; i++)
        {
            accumulator.Begin(default);
            accumulator.Add(0, numbers[i % numbers.Length]);
            accumulator.AddCategory(1, categories[i & 4095]);
            accumulator.AddCategory(2, Encoding.UTF8.GetBytes($"category {thousand.Draw(random)}"));
        }

        var pane = accumulator.Cut(default);
        table.AtMost("bytes of a pane's number feature in memory", Bytes(pane.Features[0]), 2048, 1);
        table.AtMost("bytes of a pane's feature of 200 categories in memory", Bytes(pane.Features[1]), 2048, 1);
        table.AtMost("bytes of a pane's feature of 1,000 categories in memory", Bytes(pane.Features[2]), 2048, 1);
        foreach (var feature in new FeatureBaseline[] { numeric, NumericBuilder.Build("n", Array.ConvertAll(numbers, v => Math.Round(v * 5))), categorical, many })
        {
            foreach (var (what, shift) in new[] { ("quiet", 0), ("drifted", feature.Counts.Length / 8) })
            {
                table.AtMost($"us to add a pane and test a feature on all scales, {Name(feature)}, {what}", Best(20, Watch(feature, shift, random)) / 1000, 20, 20);
            }
        }

        CategoricalBaseline Categories(string name, Law law, int rows) =>
            CategoricalBuilder.Build(name, [.. Enumerable.Range(0, rows).Select(_ => (string?)$"category {law.Draw(random)}")]);
    }

    /// <summary>A CSV of numbers, both passes, on one core. 200 ns a cell are three million rows of a thousand columns in ten minutes.</summary>
    public static void MeasureTable(MarkTable table)
    {
        const int Columns = 5, Rows = 200_000;
        var random = new Random(3);
        var text = new StringBuilder(string.Join(',', Enumerable.Range(0, Columns).Select(c => "c" + c))).Append('\n');
        for (var row = 0; row < Rows; row++)
        {
            for (var c = 0; c < Columns; c++)
                text.Append(CultureInfo.InvariantCulture, $"{(c == 0 ? "" : ",")}{Draws.Normal(random):F6}");
            text.Append('\n');
        }

        var csv = text.ToString();
        var cells = Best(1, _ => CsvBaseline.Build(() => new StringReader(csv), _ => null, false), rounds: 5) / (Columns * Rows);
        table.AtMost("ns a cell to build a baseline from a CSV, one core", cells, 200, Columns * Rows);
    }

    private static string Name(FeatureBaseline feature) => feature switch
    {
        NumericBaseline { Continuous: true } => "continuous",
        NumericBaseline => "with atoms",
        _ => $"{feature.Counts.Length - 1} categories",
    };

    private static double Bytes(PaneCounts counts)
    {
        const int Copies = 1_000;
        var kept = new PaneCounts[Copies];
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < Copies; i++)
            kept[i] = counts.Copy();
        return (GC.GetAllocatedBytesForCurrentThread() - before) / (double)Copies;
    }

    /// <summary>One look after another, each with a pane of what the baseline says, or of its values so many bins further up.</summary>
    private static Action<int> Watch(FeatureBaseline feature, int shift, Random random)
    {
        var bins = new List<int>();
        for (var bin = 0; bin < feature.Counts.Length; bin++)
            bins.AddRange(Enumerable.Repeat(bin, (int)feature.Counts[bin]));
        var watch = new FeatureWatch(0, feature, new DriftOptions());
        var history = new PaneHistory();
        var drawn = new PaneCounts[128];
        for (var p = 0; p < drawn.Length; p++)
        {
            drawn[p] = new PaneCounts(feature.Counts.Length);
            for (var i = 0; i < 100; i++)
                drawn[p].AddBin(Math.Min(bins[random.Next(bins.Count)] + shift, feature.Counts.Length - 1));
            Add(p);
        }

        return _ =>
        {
            Add(history[0].Number + 1);
            watch.LookAt(history);
        };

        void Add(long number)
        {
            var pane = new Pane(number, default, default, 100, [drawn[number % drawn.Length]]);
            watch.Add(pane, history);
            history.Add(pane);
        }
    }

    /// <summary>Nanoseconds of one call, the best of some rounds, once the compiler is done with it.</summary>
    private static double Best(int calls, Action<int> call, int rounds = Rounds)
    {
        for (var began = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(began) < WarmUp;)
            call(0);
        var best = double.MaxValue;
        for (var round = 0; round < rounds; round++)
        {
            var start = Stopwatch.GetTimestamp();
            for (var i = 0; i < calls; i++)
                call(i);
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalNanoseconds / calls);
        }

        return best;
    }
}
