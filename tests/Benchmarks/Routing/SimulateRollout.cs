using System.Diagnostics;
using System.Globalization;
using Serving.Routing.Rollouts;

namespace Benchmarks.Routing;

/// <summary>
/// The long form of the rollout's simulation: prints the table of docs/rollout.md; fails when a row misses its mark.
/// </summary>
internal static class SimulateRollout
{
    public static int Run(string[] args)
    {
        var scale = args is ["--runs", var text] ? int.Parse(text, CultureInfo.InvariantCulture) : 2000;
        var clock = Stopwatch.StartNew();
        Console.WriteLine("| truth | runs | rolled back | exact 95 % interval | median requests to it | required |");
        Console.WriteLine("|---|---|---|---|---|---|");
        var missed = 0;
        foreach (var row in RolloutTruths.Harmless.Concat(RolloutTruths.Harmful))
        {
            // Rare stops need more runs than medians do.
            var result = SimulationResult.Of(row.Simulation, row.MaxMedian is null ? scale * 2 : scale, firstSeed: 1);
            var met = row.MaxMedian is { } most
                ? result.Median <= most && result.Share >= row.MinFound
                : result.Share <= row.Simulation.Alpha;
            if (!met) missed++;
            Console.WriteLine(Line(result, Required(row) + (met ? "" : " MISSED")));
        }

        Console.WriteLine(Line(SimulationResult.Of(RolloutTruths.Mistaken, scale, firstSeed: 1), "-"));
        Console.WriteLine();
        Console.WriteLine($"{clock.Elapsed.TotalSeconds:F0} s; {missed} rows missed their mark");
        return missed == 0 ? 0 : 1;
    }

    private static string Required(RolloutTruths.Row row) => row.MaxMedian is { } most
        ? string.Create(CultureInfo.InvariantCulture, $">= {row.MinFound:P0}, <= {most:N0}")
        : string.Create(CultureInfo.InvariantCulture, $"<= {row.Simulation.Alpha:P0}");

    private static string Line(SimulationResult result, string required)
    {
        var (low, high) = result.Interval;
        var median = result.Median == int.MaxValue ? "-" : result.Median.ToString("N0", CultureInfo.InvariantCulture);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"| {result.Simulation.Truth} | {result.Runs} | {result.Share:P2} | {low:P2} to {high:P2} | {median} | {required} |");
    }
}
