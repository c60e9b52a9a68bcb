using System.Numerics;

namespace Serving.Routing.Shadows;

public sealed class ExactSumTests
{
    [Fact]
    public void Round_NumbersOfAllSizes_IsTheSameInAnyOrderAndGrouping()
    {
        var random = new Random(3);
        double[] numbers = [.. Enumerable.Range(0, 2000).Select(_ => random.NextDouble() * Math.Pow(10, random.Next(-20, 20)))];
        var once = Sum(numbers);
        for (var turn = 0; turn < 20; turn++)
        {
            random.Shuffle(numbers);
            var total = new ExactSum();
            foreach (var part in numbers.Chunk(random.Next(1, 700)))
            {
                foreach (var number in Sum(part).Parts) total.Add(number);
            }

            Assert.Equal(once.Round(), total.Round());
        }

        Assert.Equal((double)Whole(numbers), once.Round() * Math.Pow(2, 200), once.Round() * Math.Pow(2, 200) * 1e-15);
    }

    [Theory]
    [InlineData(new[] { 1e100, 1.0, -1e100 }, 1.0)]
    [InlineData(new[] { 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1 }, 1.0)]
    [InlineData(new[] { 1.0, 1.1102230246251565e-16, 1e-30 }, 1.0000000000000002)]
    [InlineData(new[] { double.MaxValue, double.MaxValue }, double.MaxValue)]
    [InlineData(new double[0], 0.0)]
    public void Round_IsTheNearestToTheTrueSum(double[] numbers, double expected) => Assert.Equal(expected, Sum(numbers).Round());

    private static ExactSum Sum(double[] numbers)
    {
        var sum = new ExactSum();
        foreach (var number in numbers) sum.Add(number);
        return sum;
    }

    /// <summary>The sum times 2^200, which holds every number's last bit.</summary>
    private static BigInteger Whole(double[] numbers)
    {
        var sum = BigInteger.Zero;
        foreach (var number in numbers)
        {
            var bits = BitConverter.DoubleToInt64Bits(number);
            sum += ((bits & ((1L << 52) - 1)) | (1L << 52)) * BigInteger.Pow(2, (int)((bits >> 52) & 0x7FF) - 1075 + 200);
        }

        return sum;
    }
}
