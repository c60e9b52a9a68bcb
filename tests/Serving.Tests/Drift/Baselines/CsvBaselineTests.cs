using System.Globalization;
using System.Text;
using Serving.Drift;
using Serving.Drift.Baselines;
using Serving.Drift.Statistics;

namespace Serving.Tests.Drift.Baselines;

public sealed class CsvBaselineTests
{
    [Fact]
    public void Build_ShortTable_EqualsTheArrays()
    {
        var values = Draws.Normal(1, 900);
        var text = new StringBuilder("x,c\r\n");
        foreach (var value in values)
            text.Append(CultureInfo.InvariantCulture, $"{value:R},{(value > 0 ? "\"up, or \"\"so\"\"\"" : "")}\r\n");

        var fromCsv = Build(text.ToString(), true).Value;
        var direct = new Baseline([
            NumericBuilder.Build("x", values, 0, true),
            CategoricalBuilder.Build("c", [.. values.Select(v => v > 0 ? "up, or \"so\"" : null)], true)]);

        Assert.Equal(Encoding.UTF8.GetString(BaselineDocument.Write(direct)), Encoding.UTF8.GetString(BaselineDocument.Write(fromCsv)));
    }

    [Fact]
    public void Build_SpecialCells_AreNumbersMissingOrInfinite()
    {
        var x = Assert.IsType<NumericBaseline>(Build("x,y\n1,1\n,2\nNaN,3\n-inf,4\nInfinity,5\n 2.5,6\n", false).Value.Features[0]);

        Assert.Equal((2, 1, 1, 2), (x.Binned, x.Missing, x.Totals.NaN, x.Totals.Infinite));
    }

    [Fact]
    public void Build_QuotesAndLineEnds_AreReadAsTheyAreMeant()
    {
        const string Text = "a,b\r\n\"x\r\",say \"hi\"\r\n\r\n\"two\nlines\",\"\"\"\"\r\n\"x\r\",last";
        var baseline = Build(Text, false).Value;

        Assert.Equal(["x\r", "two\nlines"], Assert.IsType<CategoricalBaseline>(baseline.Features[0]).Categories);
        Assert.Equal(["\"", "last", "say \"hi\""], Assert.IsType<CategoricalBaseline>(baseline.Features[1]).Categories);
    }

    [Fact]
    public void Build_RowLongerThanAllowed_IsRefused() =>
        Assert.Contains("longer than", Build("x\n" + new string('y', CsvReader.MostCharacters + 1) + "\n", false).Error!.Message);

    [Theory]
    [InlineData("", "empty")]
    [InlineData("x,y\n", "no rows")]
    [InlineData("x,x\n1,2\n", "column 2")]
    [InlineData("x,y\n1,2\n3\n", "line 3")]
    [InlineData("x\n\"open\n", "not closed")]
    [InlineData("5.1,3.5\n4.9,3\n", "must name the columns")]
    [InlineData("x;y\n1;2\n", "separated by commas")]
    public void Build_FaultyTable_NamesTheFault(string text, string expected) =>
        Assert.Contains(expected, Build(text, false).Error!.Message);

    [Fact]
    public void Build_TextInAColumnOfNumbers_IsRefusedOnlyWhereNumbersAreKnownToBeNeeded()
    {
        Assert.IsType<CategoricalBaseline>(Build("x\n1\ntwo\n", false).Value.Features[0]);
        Assert.Contains("column 'x'", CsvBaseline.Build(() => new StringReader("x\n1\ntwo\n"), _ => FeatureKind.Numeric, false).Error!.Message);
    }

    [Fact]
    public void Build_LongerThanTheSample_CountsEveryRowExactly()
    {
        // 150,000 rows, of which the bins are chosen from 65,536: the ranks are random, the counts and their law exact.
        var values = Draws.Normal(4, 150_000);
        var text = string.Concat("x\n", string.Join('\n', values.Select(v => v.ToString("R", CultureInfo.InvariantCulture))), "\n");
        var baseline = Assert.IsType<NumericBaseline>(Build(text, false).Value.Features[0]);

        Assert.True(baseline.Continuous);
        Assert.Equal(values.Length, baseline.Binned);
        Assert.Equal(Bins.Count(baseline.Bins.Edges, values), baseline.Counts);
        Assert.All(baseline.Bins.OrderLaw(baseline.Counts)!.Alpha, a => Assert.InRange(a, 3_350, 4_150));
        Assert.Equal((values.Min(), values.Max()), (baseline.Bins.Minimum, baseline.Bins.Maximum));
    }

    private static Outcome<Baseline> Build(string text, bool inTimeOrder) =>
        CsvBaseline.Build(() => new StringReader(text), _ => null, inTimeOrder);
}
