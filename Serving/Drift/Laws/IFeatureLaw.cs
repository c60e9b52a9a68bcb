using Serving.Drift.Statistics;

namespace Serving.Drift.Laws;

/// <summary>What a feature's window counts follow while nothing has changed; made from its baseline, holds no window.</summary>
/// <remarks>
/// All counts are over the feature's own bins as the accumulator counts them. A scale below one makes a window count as a smaller
/// one. Every result is a <see cref="Discrepancy"/> whose variance unit is <c>1/n + 1/Weight</c>.
/// </remarks>
internal interface IFeatureLaw
{
    /// <summary>How many observations the baseline counts for.</summary>
    double Weight { get; }

    /// <summary>Least window count for which the tests hold their level.</summary>
    long LeastCount { get; }

    /// <summary>Any difference of shape.</summary>
    Discrepancy Shape(ReadOnlySpan<long> counts, double scale);

    /// <summary>The same as a likelihood ratio, which holds its level far out in the tail, where few are expected in a bin.</summary>
    Discrepancy ShapeByRatio(ReadOnlySpan<long> counts, double scale);

    /// <summary>A shift or a change of scale; no degrees where the values have no order.</summary>
    Discrepancy Smooth(ReadOnlySpan<long> counts, double scale);

    /// <summary>The same as a likelihood ratio, for the far tail, where scores are skewed.</summary>
    Discrepancy SmoothByRatio(ReadOnlySpan<long> counts, double scale);

    /// <summary>Natural logarithm of the e-value of the counts.</summary>
    double LogE(ReadOnlySpan<long> counts, double scale);
}
