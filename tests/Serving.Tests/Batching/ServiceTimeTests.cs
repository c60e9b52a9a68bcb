using Serving.Batching;

namespace Serving.Tests.Batching;

public sealed class ServiceTimeTests
{
    private readonly ServiceTime service = new();

    [Fact]
    public void BestSize_NothingKnown_TakesAll() => Assert.Equal(32, service.BestSize(32));

    [Fact]
    public void BestSize_RowsRunNoFasterTogether_RunsThemApart()
    {
        Learn(rows: 1, ticks: 100);
        Learn(rows: 32, ticks: 3200);

        Assert.Equal(1, service.BestSize(32));
    }

    [Fact]
    public void BestSize_RowsRunFasterTogether_TakesAll()
    {
        Learn(rows: 1, ticks: 100);
        Learn(rows: 4, ticks: 200);
        Learn(rows: 32, ticks: 800);

        Assert.Equal(40, service.BestSize(40));
    }

    [Fact]
    public void BestSize_GainEndsAtASize_TakesThatSize()
    {
        Learn(rows: 1, ticks: 100);
        Learn(rows: 8, ticks: 200);
        Learn(rows: 32, ticks: 800);

        Assert.Equal(8, service.BestSize(40));
    }

    [Fact]
    public void BestSize_NowAndThen_TriesTwiceAsMuch()
    {
        Learn(rows: 1, ticks: 100);
        Learn(rows: 32, ticks: 3200);

        Assert.Contains(2, Enumerable.Range(0, 200).Select(_ => service.BestSize(32)));
    }

    [Fact]
    public void RowsWithin_SteadyRuns_AreTheRowsThatEndInTime()
    {
        Learn(rows: 1, ticks: 10);
        Learn(rows: 8, ticks: 40);

        Assert.Equal((1, 1, 8, 20), (service.RowsWithin(5), service.RowsWithin(15), service.RowsWithin(40), service.RowsWithin(100)));
    }

    [Fact]
    public void RowsWithin_NothingKnown_AreAny() => Assert.Equal(int.MaxValue, service.RowsWithin(1));

    [Fact]
    public void LongRunOf_UnsteadyRuns_IsFarAboveTheMean()
    {
        for (var i = 0; i < 100; i++) service.Learn(i % 2 == 0 ? 50 : 150, 1);

        Assert.InRange(service.LongRunOf(1), 200, 500);
    }

    private void Learn(int rows, long ticks)
    {
        for (var i = 0; i < 50; i++) service.Learn(ticks, rows);
    }
}
