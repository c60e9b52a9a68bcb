using MathNet.Numerics;

namespace Serving.Routing;

public sealed class DrawTests
{
    private static readonly AttributeSource User = new(AttributeKind.Header, "user");

    // Made with another language's hash and logarithm from the published rule; tests/scripts/sticky_check.py does it at large.
    [Theory]
    [InlineData("user-0", "13")]
    [InlineData("user-1", "1")]
    [InlineData("user-4", "13")]
    [InlineData("user-5", "1")]
    [InlineData("Zoë", "13")]
    [InlineData("ключ", "2")]
    [InlineData("鍵🔑", "1")]
    [InlineData("a*600", "2")]
    public void Choose_Key_FollowsThePublishedRule(string key, string version)
    {
        if (key == "a*600") key = new string('a', 600);

        Assert.Equal(version, Arm(Routes(("1", 50), ("2", 30), ("13", 20)), key));
    }

    [Fact]
    public void Choose_CanaryRaised_MovesNobodyOutOfIt()
    {
        int[] weights = [5, 10, 20, 35, 50];
        var canary = new HashSet<string>();
        foreach (var weight in weights)
        {
            var routes = Routes(("1", 100 - weight), ("2", weight));
            var now = Enumerable.Range(0, 20_000).Select(i => $"user-{i}").Where(key => Arm(routes, key) == "2").ToHashSet();

            Assert.Superset(canary, now);
            Assert.InRange(now.Count / 20_000.0, (weight - 1.5) / 100, (weight + 1.5) / 100);
            canary = now;
        }
    }

    [Fact]
    public void Choose_OneWeightRaised_MovesNobodyBetweenTheOthers()
    {
        var before = Routes(("1", 40), ("2", 40), ("3", 20));
        var after = Routes(("1", 40), ("2", 40), ("3", 60));
        for (var i = 0; i < 20_000; i++)
        {
            var (old, now) = (Arm(before, $"user-{i}"), Arm(after, $"user-{i}"));
            Assert.True(old == now || now == "3");
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Choose_HundredThousandDraws_PassChiSquare(bool sticky)
    {
        (string Version, int Weight)[] shares = [("1", 70), ("2", 20), ("3", 9), ("4", 1), ("5", 0)];
        var routes = Routes(shares);
        var random = new Random(20261101);
        const int draws = 100_000;
        var counts = shares.ToDictionary(s => s.Version, _ => 0);
        for (var i = 0; i < draws; i++)
        {
            var attributes = sticky ? FakeAttributes.WithHeader("user", $"caller {i}") : null;
            counts[routes.Choose(null, attributes, (ulong)random.NextInt64(long.MinValue, long.MaxValue)).Value.Version]++;
        }

        var drawn = shares.Where(s => s.Weight > 0).ToArray();
        var statistic = drawn.Sum(s => Math.Pow(counts[s.Version] - draws * s.Weight / 100.0, 2) / (draws * s.Weight / 100.0));
        var p = SpecialFunctions.GammaUpperRegularized((drawn.Length - 1) / 2.0, statistic / 2);

        Assert.Equal(0, counts["5"]);
        Assert.True(p > 0.001, $"chi-square {statistic}, p {p}");
    }

    [Fact]
    public void Score_LargestHash_IsTheBestNotTheWorst()
    {
        // No text is known whose hash is that large; the rounding it guards against is plain arithmetic.
        Assert.Equal(1.0, ((1UL << 53) - 1 + 0.5) / (1UL << 53));
        Assert.True(StickyDraw.Score("iris\n1\na"u8, 2) == 2 * StickyDraw.Score("iris\n1\na"u8, 1));
    }

    private static string Arm(ModelRoutes routes, string key) =>
        routes.Choose(null, FakeAttributes.WithHeader("user", key), 0).Value.Version;

    private static ModelRoutes Routes(params (string Version, int Weight)[] variants) => ModelRoutes.Compile(
        "iris",
        new([.. variants.Select(v => v.Version)]),
        new TrafficDocument { Variants = [.. variants.Select(v => new TrafficVariant(v.Version, v.Weight))], StickyBy = User },
        1);
}
