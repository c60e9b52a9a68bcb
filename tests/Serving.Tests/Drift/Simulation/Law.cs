namespace Serving.Tests.Drift.Simulation;

/// <summary>A law that simulated traffic is drawn from.</summary>
internal sealed record Law(string Name, Func<Random, double> Draw)
{
    public static Law Normal { get; } = new("normal", StandardNormal);

    public static Law Lognormal { get; } = new("lognormal", random => Math.Exp(StandardNormal(random)));

    public static Law StudentThree { get; } = new("Student t, 3 degrees", random =>
    {
        double a = StandardNormal(random), b = StandardNormal(random), c = StandardNormal(random);
        return StandardNormal(random) / Math.Sqrt(((a * a) + (b * b) + (c * c)) / 3);
    });

    public static Law Integers { get; } = new("integers, Poisson(3)", random =>
    {
        var count = 0;
        for (var product = random.NextDouble(); product > Math.Exp(-3); product *= random.NextDouble())
            count++;
        return count;
    });

    public static Law ZeroInflated { get; } =
        new("80 % zeros, else exponential", random => random.NextDouble() < 0.8 ? 0 : -Math.Log(1 - random.NextDouble()));

    /// <summary>Mean 0 and variance 1, but two humps.</summary>
    public static Law Bimodal { get; } =
        new("bimodal", random => (random.Next(2) == 0 ? -0.9 : 0.9) + (Math.Sqrt(1 - (0.9 * 0.9)) * StandardNormal(random)));

    /// <summary>As lengths are measured: to a tenth, where that is an eighth of a standard deviation.</summary>
    public static Law Rounded { get; } = new("rounded to 1/8 sd", random => Math.Round(StandardNormal(random) * 8) / 8);

    /// <summary>This share of the rows is shifted.</summary>
    public static Law Mixed(double share, double by) =>
        new($"{share:P0} of the rows shifted by {by} sd", random => StandardNormal(random) + (random.NextDouble() < share ? by : 0));

    public static Law Shifted(double by) => new($"shifted by {by} sd", random => StandardNormal(random) + by);

    public static Law Scaled(double by) => new($"scaled by {by}", random => StandardNormal(random) * by);

    /// <summary>Category 0, 1 .. with probability proportional to 1, 1/2 ..</summary>
    public static Law Zipf(int categories)
    {
        var cumulated = new double[categories];
        double sum = 0;
        for (var i = 0; i < categories; i++)
            cumulated[i] = sum += 1.0 / (i + 1);
        return new($"Zipf, {categories} categories", random =>
        {
            var place = Array.BinarySearch(cumulated, random.NextDouble() * sum);
            return Math.Min(categories - 1, place >= 0 ? place : ~place);
        });
    }

    public override string ToString() => Name;

    private static double StandardNormal(Random random)
    {
        // Marsaglia's polar method, without its second value: a law holds no state.
        while (true)
        {
            double x = (random.NextDouble() * 2) - 1, y = (random.NextDouble() * 2) - 1, s = (x * x) + (y * y);
            if (s is > 0 and < 1)
                return x * Math.Sqrt(-2 * Math.Log(s) / s);
        }
    }
}
