using Xunit.Abstractions;

namespace Cluster.Tests.Load;

/// <summary>
/// What came of each round of an event under load, as rows of a table. Judged when all rounds are over, so that one bad round hides
/// none. <c>CHAOS_TABLE</c> names a file that the rows are appended to.
/// </summary>
/// <param name="output">Where rows go besides.</param>
/// <param name="bound">Above which an answer is too slow.</param>
internal sealed class ChaosTable(ITestOutputHelper output, TimeSpan bound)
{
    private readonly List<string> faults = [];

    /// <param name="what">The event.</param>
    /// <param name="round">From 1.</param>
    /// <param name="result">All requests that had to be answered.</param>
    /// <param name="whole">From the event until every replica wanted was loaded again.</param>
    public void Add(string what, int round, LoadResult result, TimeSpan whole)
    {
        var row = FormattableString.Invariant(
            $"| {what} | {round} | {result.Samples.Count} | {result.Failed.Count} | {Ms(result.Quantile(0.5)):F1} | {Ms(result.Quantile(0.99)):F1} | {Ms(result.Slowest):F0} | {whole.TotalSeconds:F1} |");
        output.WriteLine(row);
        if (Environment.GetEnvironmentVariable("CHAOS_TABLE") is { } file) File.AppendAllLines(file, [row]);
        faults.AddRange(result.Failed.Take(5).Select(s => $"{what}, round {round}: {s}"));
        faults.AddRange(result.Samples.Where(s => s.Took > bound).OrderByDescending(s => s.Took).Take(5).Select(s => $"{what}, round {round}, slow: {s}"));
    }

    /// <summary>Fails when a request failed or took longer than the bound.</summary>
    public void Judge() => Assert.True(faults.Count == 0, string.Join("\n", faults));

    private static double Ms(TimeSpan time) => time.TotalMilliseconds;
}
