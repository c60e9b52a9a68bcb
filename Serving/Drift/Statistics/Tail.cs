using MathNet.Numerics;

namespace Serving.Drift.Statistics;

/// <summary>Upper tail probabilities of the laws that the tests follow when nothing has changed.</summary>
internal static class Tail
{
    public static double ChiSquare(double statistic, int degrees) => statistic switch
    {
        <= 0 => 1,
        double.PositiveInfinity => 0,
        _ when degrees == 2 => Math.Exp(-statistic / 2),
        _ => SpecialFunctions.GammaUpperRegularized(degrees / 2.0, statistic / 2),
    };

    /// <summary>
    /// The tail of a chi-square statistic whose scale was estimated from <paramref name="scaleDegrees"/> blocks: F instead of
    /// chi-square, because an estimated scale is sometimes too small.
    /// </summary>
    public static double ScaledChiSquare(double statistic, int degrees, int scaleDegrees) => statistic switch
    {
        <= 0 => 1,
        double.PositiveInfinity => 0,
        _ => SpecialFunctions.BetaRegularized(scaleDegrees / 2.0, degrees / 2.0, scaleDegrees / (scaleDegrees + statistic)),
    };
}
