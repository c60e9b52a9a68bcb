using System.Globalization;

namespace Cluster.Tests.Load;

/// <summary>A baseline for iris: two thousand rows between 0 and 1, the same in every run.</summary>
internal static class UniformBaseline
{
    public static string Json()
    {
        var random = new Random(7);
        var columns = Enumerable.Range(0, 4).Select(c =>
            $"\"input[{c}]\": [{string.Join(',', Enumerable.Range(0, 2000).Select(_ => random.NextDouble().ToString("R", CultureInfo.InvariantCulture)))}]");
        return $"{{\"columns\": {{{string.Join(',', columns)}}}}}";
    }
}
