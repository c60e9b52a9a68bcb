using Gateway.Metrics;

namespace Gateway.Tests.Metrics;

public sealed class SeriesTableTests
{
    [Fact]
    public void Find_SameLabels_IsTheSameSeries()
    {
        var table = new SeriesTable<ValueSeries>(() => new ValueSeries(), 100);
        var first = table.Find([new("model", "iris"), new("version", "1")], Stripes.Current);

        Assert.Same(first, table.Find([new("model", new string("iris")), new("version", "1")], Stripes.Current));
        Assert.Same(first, table.Find([new("version", "1"), new("model", "iris")], Stripes.Current));
        Assert.NotSame(first, table.Find([new("model", "1"), new("version", "iris")], Stripes.Current));
        Assert.NotSame(first, table.Find([new("model", "iris")], Stripes.Current));
        Assert.Equal(["model=\"1\",version=\"iris\"", "model=\"iris\"", "model=\"iris\",version=\"1\""], table.Snapshot().Select(s => s.Key));
    }

    [Fact]
    public void Find_OverTheLimit_FallsIntoOneSeries()
    {
        var table = new SeriesTable<ValueSeries>(() => new ValueSeries(), 3);
        for (var i = 0; i < 10_000; i++) table.Find([new("x", i)], Stripes.Current).Add(1);

        Assert.Equal([LabelText.Overflow, "x=\"0\"", "x=\"1\"", "x=\"2\""], table.Snapshot().Select(s => s.Key));
        Assert.Equal([9997, 1, 1, 1], table.Snapshot().Select(s => s.Value.Value));
    }

    [Fact]
    public void Find_Known_AllocatesNothing()
    {
        var table = new SeriesTable<ValueSeries>(() => new ValueSeries(), 100);
        object model = "iris";
        table.Find([new("model", model)], Stripes.Current);
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var i = 0; i < 100; i++) table.Find([new("model", model)], Stripes.Current).Add(1);

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public void Find_FromManyThreads_LosesNothing()
    {
        var table = new SeriesTable<ValueSeries>(() => new ValueSeries(), 1000);

        Parallel.For(0, 8, _ =>
        {
            for (var i = 0; i < 5000; i++) table.Find([new("x", i % 500)], Stripes.Current).Add(1);
        });

        Assert.Equal(500, table.Snapshot().Count);
        Assert.All(table.Snapshot(), series => Assert.Equal(80, series.Value.Value));
    }

    [Theory]
    [InlineData("a\"b\\c\nd", "x=\"a\\\"b\\\\c\\nd\"")]
    [InlineData("", "x=\"\"")]
    [InlineData("ü", "x=\"ü\"")]
    [InlineData(null, "")]
    public void LabelText_AnyValue_IsEscaped(string? value, string expected) => Assert.Equal(expected, LabelText.Of([new("x", value)]));
}
