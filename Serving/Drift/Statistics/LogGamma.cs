using System.Runtime.Intrinsics;

namespace Serving.Drift.Statistics;

/// <summary>
/// The logarithm of the gamma function for four positive arguments at once, to the last few bits. The e-process asks for it
/// hundreds of times a look; everything else takes MathNet.Numerics', which does one at a time.
/// </summary>
internal static class LogGamma
{
    private const double HalfLogTwoPi = 0.91893853320467274178;

    /// <summary>From here on five terms of the series leave an error below 1e-16.</summary>
    private const double Far = 16;

    /// <summary>By Stirling's series, for small arguments through the recurrence.</summary>
    public static Vector256<double> Of(Vector256<double> x)
    {
        var (one, far, product) = (Vector256<double>.One, Vector256.Create(Far), Vector256<double>.One);
        var isProduct = false;
        for (var near = Vector256.LessThan(x, far); near != Vector256<double>.Zero; near = Vector256.LessThan(x, far))
        {
            isProduct = true;
            product *= Vector256.ConditionalSelect(near, x, one);
            x += near & one;
        }

        Vector256<double> inverse = one / x, square = inverse * inverse;
        var series = inverse * (Vector256.Create(1 / 12.0) - (square * (Vector256.Create(1 / 360.0) - (square * (Vector256.Create(1 / 1260.0)
            - (square * (Vector256.Create(1 / 1680.0) - (square * (1 / 1188.0)))))))));
        var result = ((x - Vector256.Create(0.5)) * Vector256.Log(x)) - x + Vector256.Create(HalfLogTwoPi) + series;
        return isProduct ? result - Vector256.Log(product) : result;
    }
}
