namespace Serving.Drift.Statistics;

/// <summary>
/// The logarithm of the gamma function for positive arguments, to the last few bits. The e-process asks for it some hundred times
/// a look; Stirling's series is five times as fast as the general function of the library.
/// </summary>
internal static class LogGamma
{
    private const double HalfLogTwoPi = 0.91893853320467274178;

    /// <summary>From here on five terms of the series leave an error below 1e-16.</summary>
    private const double Far = 16;

    public static double Of(double x)
    {
        double product = 1;
        for (; x < Far; x++)
            product *= x;
        double inverse = 1 / x, square = inverse * inverse;
        var series = inverse * ((1 / 12.0) - (square * ((1 / 360.0) - (square * ((1 / 1260.0) - (square * ((1 / 1680.0) - (square / 1188))))))));
        var result = ((x - 0.5) * Math.Log(x)) - x + HalfLogTwoPi + series;
        return product == 1 ? result : result - Math.Log(product);
    }
}
