using System.Runtime.Intrinsics;
using MathNet.Numerics;
using Serving.Drift.Statistics;

namespace Serving.Tests.Drift.Statistics;

public sealed class LogGammaTests
{
    [Fact]
    public void Of_SmallToHuge_AgreesWithTheLibrary()
    {
        for (var x = 1e-6; x < 1e12; x *= 1.07)
            Assert.Equal(SpecialFunctions.GammaLn(x), LogGamma.Of(Vector256.Create(x))[0], 2e-14 * Math.Max(10, x));
    }
}
