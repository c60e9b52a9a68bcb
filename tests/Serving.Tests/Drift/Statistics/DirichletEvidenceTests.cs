using Serving.Drift.Statistics;

namespace Serving.Tests.Drift.Statistics;

public sealed class DirichletEvidenceTests
{
    [Fact]
    public void LogE_AllOutcomesOfAFewDraws_HaveMeanOne()
    {
        // Three draws into three bins, every outcome weighed by its probability under the null law Dirichlet(4, 6, 11).
        double[] alpha = [4, 6, 11];
        var evidence = new DirichletEvidence(alpha);
        double mean = 0, total = 0;
        for (long a = 0; a <= 3; a++)
        {
            for (long b = 0; a + b <= 3; b++)
            {
                long[] counts = [a, b, 3 - a - b];
                var orders = 6.0 / (Factorial(a) * Factorial(b) * Factorial(3 - a - b));
                var probability = orders * Rising(4, a) * Rising(6, b) * Rising(11, 3 - a - b) / Rising(21, 3);
                total += probability;
                mean += probability * Math.Exp(evidence.LogE(counts));
            }
        }

        Assert.Equal(1, total, 1e-12);
        Assert.Equal(1, mean, 1e-12);
    }

    [Fact]
    public void LogE_CountsAsTheBaselineOrFarFromIt_IsBelowOrFarAboveZero()
    {
        var evidence = new DirichletEvidence([1000, 1000, 1000, 1001]);

        Assert.True(evidence.LogE([250, 250, 250, 250]) < 0);
        Assert.True(evidence.LogE([400, 300, 200, 100]) > 50);
    }

    private static double Factorial(long n) => Rising(1, n);

    private static double Rising(double from, long count)
    {
        double product = 1;
        for (var i = 0; i < count; i++)
            product *= from + i;
        return product;
    }
}
