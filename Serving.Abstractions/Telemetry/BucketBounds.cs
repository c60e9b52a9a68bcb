namespace Serving.Telemetry;

/// <summary>
/// The buckets of all histograms. One layout for all times and one for all sizes: only equal buckets add up over nodes,
/// versions and releases, so these numbers do not change.
/// </summary>
public static class BucketBounds
{
    /// <summary>Seconds, from 50 microseconds to a minute.</summary>
    public static IReadOnlyList<double> Seconds { get; } =
    [
        0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05,
        0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
    ];

    /// <summary>Rows of a batch, by doubling.</summary>
    public static IReadOnlyList<double> Rows { get; } = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024];
}
