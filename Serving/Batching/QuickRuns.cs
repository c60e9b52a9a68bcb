using System.Numerics;

namespace Serving.Batching;

/// <summary>
/// Whether a version's runs of a size are quick: almost all of the latest took less than a limit. A share and not a mean, since a
/// thread that loses its core for some milliseconds in the middle of a run of a few microseconds says nothing about the next one.
/// </summary>
/// <param name="limit">Ticks of a timestamp that a quick run stays below.</param>
internal sealed class QuickRuns(long limit)
{
    private const double Weight = 1.0 / 16;

    /// <summary>The share of long runs from which on runs are not quick: two in a row are still chance, three are not.</summary>
    private const double Most = 1.0 / 6;

    /// <summary>A run of this many limits was not held up by chance: quick runs have to show again that they are.</summary>
    private const int Stuck = 500;

    /// <summary>The share of long runs that is taken for granted: so close below the most that one long run ends it.</summary>
    private const double Expected = 0.15;

    /// <summary>The share of long runs for each doubling of the rows; 1 where no run is known.</summary>
    private readonly double[] late = [.. Enumerable.Repeat(1.0, 32)];

    public bool Are(int rows) => late[Size(rows)] < Most;

    /// <summary>Takes runs of one row for quick until one is not.</summary>
    public void Expect() => late[0] = Math.Min(late[0], Expected);

    public void Learn(long ticks, int rows)
    {
        ref var share = ref late[Size(rows)];
        if (ticks >= limit) share = ticks < Stuck * limit ? share + Weight * (1 - share) : 1;
        else share -= Weight * share;
    }

    private static int Size(int rows) => BitOperations.Log2((uint)Math.Max(rows, 1));
}
