using System.Diagnostics;
using System.Globalization;
using Serving.Tests.Drift.Simulation;

namespace Benchmarks.Drift;

/// <summary>
/// The long form of the drift simulations: prints the table of docs/drift.md; fails when a row misses its mark.
/// </summary>
internal static class SimulateDrift
{
    public static int Run(string[] args)
    {
        var scale = 1.0;
        if (args is ["--scale", var text, ..]) (scale, args) = (double.Parse(text, CultureInfo.InvariantCulture), args[2..]);
        var clock = Stopwatch.StartNew();
        var table = new MarkTable();
        (string Name, Action Run)[] parts =
        [
            ("cost", () => Cost(table)), ("table", () => DriftCost.MeasureTable(table)), ("alarms", () => FalseAlarms(table, scale)), ("small", () => SmallBaselines(table, scale)),
            ("scales", () => MultiScale(table, scale)), ("power", () => Power(table, scale)), ("evidence", () => Evidence(table, scale)),
            ("labels", () => Labels(table, scale)), ("anchors", () => AnchorTable.Print(scale)),
        ];
        if (args.FirstOrDefault(arg => !Array.Exists(parts, part => part.Name == arg)) is { } unknown)
        {
            Console.Error.WriteLine($"there is no part '{unknown}', only {string.Join(", ", parts.Select(part => part.Name))}");
            return 2;
        }

        foreach (var (name, run) in parts)
            if (args.Length == 0 || args.Contains(name)) run();
        Console.WriteLine();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{clock.Elapsed.TotalSeconds:F0} s; {table.Missed} rows missed their mark"));
        return table.Missed == 0 ? 0 : 1;
    }

    private static void Cost(MarkTable table)
    {
        DriftCost.Measure(table);
        TapCost.Measure(table);
    }

    /// <summary>As many rows as the sample's baseline has: the test that counts all rows, and that of alerts, which counts a quarter of them.</summary>
    private static void SmallBaselines(MarkTable table, double scale)
    {
        const int Rows = 105;
        var runs = (int)Math.Ceiling(50_000 * scale);
        foreach (var law in new[] { Law.Normal, Law.Rounded, Law.Integers, Law.ZeroInflated, Law.Zipf(20) })
        {
            foreach (var level in new[] { 1e-3, 1e-4 })
            {
                table.AtMost($"all rows counted, false alarms per window of 500, baseline of {Rows}, nominal {level}: {law}",
                    DriftSimulation.FalseAlarms(law, Rows, 500, runs, 1, level, 11, inFull: true), 2.5 * level, runs);
            }
        }

        table.AtMost($"of alerts, false alarms per window of 500, baseline of {Rows}, nominal 0.001", DriftSimulation.FalseAlarms(Law.Normal, Rows, 500, runs, 1, 1e-3, 11), 1e-3, runs);
        var windows = (int)Math.Ceiling(2_000 * scale);
        foreach (var (law, inFull, least) in new[] { (Law.Mixed(0.43, 2), true, 0.9), (Law.Shifted(1), true, 0.98), (Law.Shifted(1.5), false, 0.9) })
        {
            var found = DriftSimulation.PValues(law, Rows, 500, windows, 1, 12, inFull).Count(p => p <= 1e-6);
            table.AtLeast($"{(inFull ? "all rows counted" : "of alerts")}, found at 1e-6, 500 rows, baseline of {Rows}: {law}", found / (double)windows, least, windows);
        }
    }

    private static void FalseAlarms(MarkTable table, double scale)
    {
        Law[] laws = [Law.Normal, Law.Lognormal, Law.StudentThree, Law.Integers, Law.ZeroInflated, Law.Zipf(3), Law.Zipf(20), Law.Zipf(200)];
        foreach (var law in laws)
        {
            foreach (var (rows, windows) in new[] { (100, 500), (500, 500), (5000, 100) })
            {
                var baselines = (int)Math.Ceiling(100 * scale);
                var rate = DriftSimulation.FalseAlarms(law, 10_000, rows, baselines, windows, 0.001, 1);
                table.AtMost($"false alarms per window, nominal 0.1 %: {law}, {rows} rows", rate, 0.0025, baselines * windows);
            }
        }

        var references = (int)Math.Ceiling(200 * scale);
        table.AtMost("the same, autocorrelated 0.6, 500 rows",
            DriftSimulation.FalseAlarmsAutocorrelated(0.6, 10_000, 500, references, 200, 0.001, 2), 0.006, references * 200);
    }

    private static void MultiScale(MarkTable table, double scale)
    {
        foreach (var reference in new[] { 10_000, 1_000 })
        {
            var runs = (int)Math.Ceiling(1000 * scale);
            var quiet = DriftSimulation.QuietRuns(reference, 200, runs, 3);
            table.AtMost($"false alarms per pane of 100, level 1e-4, baseline {reference}",
                quiet.ByLevel / (double)quiet.Looks, 2e-4, quiet.Looks);
            table.AtMost($"the same with the floor of 0.01, baseline {reference}",
                quiet.WithFloor / (double)quiet.Looks, 2e-4, quiet.Looks);
        }

        foreach (var (shift, most) in new[] { (0.25, 600), (0.5, 180), (1.0, 100) })
        {
            foreach (var quietPanes in new[] { 0, 64 })
            {
                var delays = DriftSimulation.Delays(Law.Shifted(shift), 10_000, quietPanes, (int)Math.Ceiling(1000 * scale), 4);
                Array.Sort(delays);
                var mean = delays.Average(delay => (double)delay);
                table.AtMost($"mean rows to the alert, {shift} sd, {(quietPanes == 0 ? "from the start" : "after 64 quiet panes")} (95 %: {delays[(int)(delays.Length * 0.95)]})",
                    mean, most, delays.Length);
            }
        }
    }

    private static void Power(MarkTable table, double scale)
    {
        var windows = (int)Math.Ceiling(30_000 * scale);
        var nothing = DriftSimulation.PValues(Law.Normal, 10_000, 500, windows, 50, 5);
        Array.Sort(nothing);
        var threshold = nothing[windows / 1000];
        foreach (var (law, least) in new[] { (Law.Shifted(0.25), 0.92), (Law.Scaled(1.25), 0.96), (Law.Bimodal, 0.99) })
        {
            var found = DriftSimulation.PValues(law, 10_000, 500, windows / 5, 50, 6).Count(p => p <= threshold);
            table.AtLeast($"found at a matched 0.1 %, 500 rows: {law}", found / (double)(windows / 5), least, windows / 5);
        }
    }

    private static void Evidence(MarkTable table, double scale)
    {
        var runs = (int)Math.Ceiling(6000 * scale);
        table.AtMost("e-process ever 1,000 in 20,000 quiet rows", DriftSimulation.EvidenceReached(1000, 10_000, 20_000, runs, true, 7), 0.001, runs);
        table.AtMost("the same, as the machine counts", DriftSimulation.EvidenceReached(1000, 10_000, 20_000, runs, false, 7), 0.001, runs);
    }

    private static void Labels(MarkTable table, double scale)
    {
        var runs = (int)Math.Ceiling(1000 * scale);
        foreach (var (rate, most) in new[] { (0.12, 4000), (0.15, 800), (0.2, 300) })
        {
            var stops = LabelSimulation.Stops(rate, runs, 8);
            Array.Sort(stops);
            table.AtMost($"median truths to the alert, errors 10 % to {rate:P0}", stops[runs / 2], most, runs);
        }

        var quiet = LabelSimulation.Stops(0.1, runs * 20, 9);
        table.AtMost("runs of 40,000 truths with a false alert, errors 10 %",
            quiet.Count(stop => stop < int.MaxValue) / (double)quiet.Length, 0.001, quiet.Length);
    }
}
