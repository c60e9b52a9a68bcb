using System.Globalization;

namespace Grains.Drift;

/// <summary>Which versions a list of all reports names, in its order.</summary>
internal static class WatchOrder
{
    /// <param name="rows">What is watched.</param>
    /// <param name="isReady">Whether a version can answer: a row outlives its version.</param>
    public static IEnumerable<(string Model, string Version)> Of(IEnumerable<WatchRow> rows, Func<string, string, bool> isReady) => rows
        .Where(row => row.IsWatched && isReady(row.Model, row.Version))
        .OrderBy(row => row.Model, StringComparer.Ordinal).ThenBy(row => long.Parse(row.Version, CultureInfo.InvariantCulture))
        .Select(row => (row.Model, row.Version));
}
