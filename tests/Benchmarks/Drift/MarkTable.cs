using System.Globalization;

namespace Benchmarks.Drift;

/// <summary>Prints one row for each measured number beside the mark it must reach, and counts those that do not.</summary>
internal sealed class MarkTable
{
    public MarkTable()
    {
        Console.WriteLine("| measured | runs | result | required |");
        Console.WriteLine("|---|---|---|---|");
    }

    public int Missed { get; private set; }

    public void AtMost(string what, double value, double most, int runs) => Row(what, value, $"<= {Text(most)}", value <= most, runs);

    public void AtLeast(string what, double value, double least, int runs) => Row(what, value, $">= {Text(least)}", value >= least, runs);

    private static string Text(double value) => value switch
    {
        0 => "0",
        < 0.001 => value.ToString("0.0e0", CultureInfo.InvariantCulture),
        <= 1 => value.ToString("0.###%", CultureInfo.InvariantCulture),
        _ => value.ToString("#,0.#", CultureInfo.InvariantCulture),
    };

    private void Row(string what, double value, string required, bool met, int runs)
    {
        Missed += met ? 0 : 1;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {what} | {runs:N0} | {Text(value)} | {required}{(met ? "" : " MISSED")} |"));
    }
}
