using System.Globalization;
using Serving.Drift.Baselines;

namespace Serving.Tests.Drift.Baselines;

public sealed class NumberTextTests
{
    [Fact]
    public void TryRead_AnyDecimal_IsWhatTheFrameworkReadsToTheBit()
    {
        var random = new Random(1);
        for (var i = 0; i < 50_000; i++)
        {
            var text = (Math.Round(random.NextDouble() * Math.Pow(10, random.Next(-3, 12)), random.Next(0, 10)) * (random.Next(2) == 0 ? 1 : -1))
                .ToString(random.Next(3) switch { 0 => "R", 1 => "F4", _ => "E5" }, CultureInfo.InvariantCulture);
            Assert.True(NumberText.TryRead(text, out var value));
            Assert.Equal(BitConverter.DoubleToInt64Bits(double.Parse(text, CultureInfo.InvariantCulture)), BitConverter.DoubleToInt64Bits(value));
        }
    }

    [Theory]
    [InlineData("-0", -0.0)]
    [InlineData(".5", 0.5)]
    [InlineData("5.", 5.0)]
    [InlineData(" 1e3", 1000.0)]
    [InlineData("999999999999999", 999999999999999.0)]
    [InlineData("1234567890123456789", 1234567890123456789.0)]
    [InlineData("-INF", double.NegativeInfinity)]
    [InlineData("+inf", double.PositiveInfinity)]
    [InlineData("nan", double.NaN)]
    public void TryRead_UnusualForms_AreNumbers(string text, double expected)
    {
        Assert.True(NumberText.TryRead(text, out var value));
        Assert.Equal(BitConverter.DoubleToInt64Bits(expected), BitConverter.DoubleToInt64Bits(value));
    }

    [Theory]
    [InlineData("-")]
    [InlineData(".")]
    [InlineData("1.2.3")]
    [InlineData("1,000")]
    [InlineData("12a")]
    [InlineData("information")]
    public void TryRead_NoNumber_IsRefused(string text) => Assert.False(NumberText.TryRead(text, out _));
}
