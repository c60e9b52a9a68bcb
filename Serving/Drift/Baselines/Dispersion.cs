namespace Serving.Drift.Baselines;

/// <summary>
/// How much more consecutive blocks of the baseline differ than independent rows would: 1 for independent rows, 4 and more for
/// strongly autocorrelated traffic. The tests divide by it.
/// </summary>
/// <param name="Blocks">How many blocks it was estimated from.</param>
/// <param name="Shape">For the test of any shape; at least 1.</param>
/// <param name="Smooth">For the test of shift and scale; at least 1.</param>
internal sealed record Dispersion(int Blocks, double Shape, double Smooth)
{
    /// <summary>Fewer blocks say too little.</summary>
    public const int LeastBlocks = 20;

    /// <summary>More make blocks shorter than the memory of the traffic.</summary>
    public const int MostBlocks = 100;

    /// <summary>Shortest block, in rows.</summary>
    public const int LeastLength = 30;

    /// <summary>How many blocks to cut a baseline of so many rows into; 0 when it is too short.</summary>
    public static int BlocksFor(long rows)
    {
        var blocks = (int)Math.Clamp(rows / 100, LeastBlocks, MostBlocks);
        return rows / blocks < LeastLength ? 0 : blocks;
    }
}
