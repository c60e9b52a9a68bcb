using Serving.Batching;

namespace Serving.Tests.Batching;

public sealed class ServiceTimeTests
{
    private const long Ample = 1_000_000;

    private readonly ServiceTime service = new(ticksPerSecond: 1_000_000);

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

    [Theory]
    [InlineData(800, 40)]
    [InlineData(3200, 32)]
    public void BestSize_GainEndsAtASize_TakesThatSize(int most, int waiting)
    {
        Learn(rows: 1, ticks: 100);
        Learn(rows: 8, ticks: 200);
        Learn(rows: 32, ticks: most);

        Assert.Equal(8, service.BestSize(waiting));
    }

    [Fact]
    public void NextSize_NowAndThen_TriesMore()
    {
        Learn(rows: 1, ticks: 100);
        Learn(rows: 32, ticks: 3200);

        Assert.Contains(2, Enumerable.Range(0, 100).Select(_ => service.NextSize(32)));
    }

    [Theory]
    [InlineData(32, 16)]
    [InlineData(40, 32)]
    [InlineData(2, 1)]
    public void NextSize_NowAndThen_TriesFewer(int waiting, int tried)
    {
        Learn(rows: 1, ticks: 100);
        Learn(rows: 40, ticks: 400);

        Assert.Contains(tried, Enumerable.Range(0, 40).Select(_ => service.NextSize(waiting)));
    }

    /// <summary>The first runs of a version are slow ones, and where many wait a batch is never of one row by chance.</summary>
    [Fact]
    public void NextSize_OneRowWasSlowAtFirst_AndRowsGainNothing_EndsAtOne()
    {
        service.Learn(250, 1);
        service.Learn(3200, 32);

        Serve(choices: 800, waiting: 32, rows => 100 * rows);

        Assert.Equal(1, service.BestSize(32));
    }

    [Fact]
    public void NextSize_ManyRowsWereSlowAtFirst_AndRowsGain_EndsAtMany()
    {
        Learn(rows: 1, ticks: 1000);
        Learn(rows: 32, ticks: 64_000);

        Serve(choices: 2000, waiting: 32, rows => 1000 + 20 * rows);

        Assert.Equal(32, service.BestSize(32));
    }

    [Fact]
    public void RowsWithin_SteadyRuns_AreTheRowsThatEndInTime()
    {
        Learn(rows: 1, ticks: 10);
        Learn(rows: 8, ticks: 40);

        Assert.Equal((1, 2, 8, 20), (service.RowsWithin(5, 64), service.RowsWithin(15, 64), service.RowsWithin(40, 64), service.RowsWithin(100, 64)));
    }

    [Fact]
    public void RowsWithin_NothingKnown_AreAsManyAsMayBe() => Assert.Equal(64, service.RowsWithin(1, 64));

    [Fact]
    public void UsualRunOf_RunsThatCostSomethingOnce_AreKnownAtEverySize()
    {
        var random = new Random(5);
        for (var i = 0; i < 2000; i++)
        {
            var rows = random.Next(1, 33);
            service.Learn(2000 + 500 * rows, rows);
        }

        Assert.All(Enumerable.Range(1, 32), rows => Assert.InRange(service.UsualRunOf(rows), (2000 + 500 * rows) * 0.99, (2000 + 500 * rows) * 1.01));
    }

    [Fact]
    public void RoomFor_FewRunsKnown_IsFourTimesTheUsual()
    {
        Learn(rows: 1, ticks: 1000);

        Assert.InRange(service.RoomFor(1, Ample), 3900, 4000);
        Assert.InRange(service.UsualRunOf(1), 990, 1010);
    }

    [Fact]
    public void RoomFor_OneRunTookLong_IsExpectedAgain_ButHalfOfTheTimeIsLeftForTheWait()
    {
        Learn(rows: 1, ticks: 1000);
        service.Learn(6000, 1);
        Learn(rows: 1, ticks: 1000);

        Assert.InRange(service.RoomFor(1, Ample), 5500, 6500);
        Assert.Equal(2000, service.RoomFor(1, 4000));
        Assert.InRange(service.RoomFor(1, 1500), 990, 1200);
        Assert.InRange(service.UsualRunOf(1), 990, 1100);
    }

    [Fact]
    public void RoomFor_MinutesOfRunningLater_IsForgotten()
    {
        Learn(rows: 1, ticks: 1000);
        service.Learn(6000, 1);
        Learn(rows: 1, ticks: 1000, runs: 100_000);
        Assert.InRange(service.RoomFor(1, Ample), 4000, 6000);

        Learn(rows: 1, ticks: 1000, runs: 2_000_000);
        Assert.InRange(service.RoomFor(1, Ample), 1000, 1050);
    }

    [Fact]
    public void RoomFor_UnsteadyRuns_IsFarAboveTheMean()
    {
        // Seconds long, so that what is expected of the unknown is forgotten.
        var slow = new ServiceTime(ticksPerSecond: 1);
        for (var i = 0; i < 100; i++) slow.Learn(i % 2 == 0 ? 50 : 150, 1);

        Assert.InRange(slow.RoomFor(1, Ample), 200, 350);
    }

    /// <summary>So many always wait, and what is chosen of them takes what it costs.</summary>
    private void Serve(int choices, int waiting, Func<int, long> cost)
    {
        for (var i = 0; i < choices; i++)
        {
            var rows = service.NextSize(waiting);
            service.Learn(cost(rows), rows);
        }
    }

    private void Learn(int rows, long ticks, int runs = 50)
    {
        for (var i = 0; i < runs; i++) service.Learn(ticks, rows);
    }
}
