namespace Cluster.Tests.Load;

/// <summary>Draws things of which the n-th most popular is asked for 1/n as often as the first. Which is how popular is drawn too.</summary>
internal sealed class Zipf
{
    private readonly double[] upTo;
    private readonly int[] ranked;
    private readonly Random random;

    public Zipf(int things, int seed)
    {
        random = new Random(seed);
        ranked = [.. Enumerable.Range(0, things)];
        random.Shuffle(ranked);
        upTo = new double[things];
        var sum = 0.0;
        for (var i = 0; i < things; i++) upTo[i] = sum += 1.0 / (i + 1);
    }

    public int Next()
    {
        var place = Array.BinarySearch(upTo, random.NextDouble() * upTo[^1]);
        return ranked[place < 0 ? ~place : place];
    }
}
