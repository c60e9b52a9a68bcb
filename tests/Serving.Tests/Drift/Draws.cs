namespace Serving.Tests.Drift;

/// <summary>Seeded samples.</summary>
internal static class Draws
{
    public static double[] Normal(int seed, int count, double mean = 0, double deviation = 1)
    {
        var random = new Random(seed);
        var values = new double[count];
        for (var i = 0; i < count; i++)
            values[i] = mean + (deviation * Normal(random));
        return values;
    }

    public static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    /// <summary>Unit variance, each value so much correlated with the one before.</summary>
    public static double[] Autoregressive(int seed, int count, double correlation)
    {
        var random = new Random(seed);
        var values = new double[count];
        var value = Normal(random);
        for (var i = 0; i < count; i++)
            values[i] = value = (correlation * value) + (Math.Sqrt(1 - (correlation * correlation)) * Normal(random));
        return values;
    }
}
