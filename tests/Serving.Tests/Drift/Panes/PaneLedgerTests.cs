using Serving.Drift.Panes;

namespace Serving.Tests.Drift.Panes;

public sealed class PaneLedgerTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Close_MinutesWithFewRows_RunTogetherUntilThereAreEnough()
    {
        var ledger = new PaneLedger(PaneRule.Default, TimeSpan.Zero);
        foreach (var (minute, rows) in new[] { (0, 40), (1, 40), (2, 40), (3, 200) })
            ledger.Offer(Share("a", minute, rows));

        var first = ledger.Close(Noon.AddMinutes(4))!;
        Assert.Equal((0, 120, Noon, Noon.AddMinutes(3)), (first.Number, first.Count, first.Start, first.End));
        Assert.Equal(200, ledger.Close(Noon.AddMinutes(4))!.Count);
        Assert.Null(ledger.Close(Noon.AddMinutes(4)));
    }

    [Fact]
    public void Close_TooFewRowsForFiveMinutes_EndsThere()
    {
        var ledger = new PaneLedger(PaneRule.Default, TimeSpan.Zero);
        ledger.Offer(Share("a", 0, 3));
        ledger.Offer(Share("a", 20, 5));

        Assert.Null(ledger.Close(Noon.AddMinutes(4)));
        Assert.Equal(3, ledger.Close(Noon.AddMinutes(5))!.Count);
        Assert.Null(ledger.Close(Noon.AddMinutes(24)));
        Assert.Equal(5, ledger.Close(Noon.AddMinutes(25))!.Count);
    }

    [Fact]
    public void Close_Later_GivesTheSamePanesAsClosingOften()
    {
        var often = new PaneLedger(PaneRule.Default, TimeSpan.Zero);
        var once = new PaneLedger(PaneRule.Default, TimeSpan.Zero);
        var random = new Random(3);
        var seen = new List<(long, DateTimeOffset, DateTimeOffset)>();
        for (var minute = 0; minute < 200; minute++)
        {
            if (random.Next(3) == 0)
                continue;
            var share = Share("a", minute, random.Next(1, 120));
            often.Offer(share);
            once.Offer(share);
            while (often.Close(Noon.AddMinutes(minute + 1)) is { } pane)
                seen.Add((pane.Count, pane.Start, pane.End));
        }

        while (often.Close(Noon.AddHours(9)) is { } pane)
            seen.Add((pane.Count, pane.Start, pane.End));
        foreach (var expected in seen)
            Assert.Equal(expected, once.Close(Noon.AddHours(9)) is { } pane ? (pane.Count, pane.Start, pane.End) : default);
        Assert.Null(once.Close(Noon.AddHours(9)));
    }

    [Fact]
    public void Offer_SameKeyAgain_TheLargerCounts()
    {
        var ledger = new PaneLedger(PaneRule.Default, TimeSpan.Zero);
        ledger.Offer(Share("a", 0, 150));
        ledger.Offer(Share("a", 0, 90, isSealed: false));
        ledger.Offer(Share("b", 0, 10));
        ledger.Offer(Share("b", 0, 10));

        Assert.Equal(160, ledger.Close(Noon.AddMinutes(1))!.Count);
    }

    [Fact]
    public void Offer_LateShare_AmendsItsPane()
    {
        var ledger = new PaneLedger(PaneRule.Default, TimeSpan.Zero);
        ledger.Offer(Share("a", 0, 100));
        ledger.Offer(Share("a", 1, 100));
        while (ledger.Close(Noon.AddMinutes(2)) is not null)
        {
        }

        var (before, after) = ledger.Offer(Share("b", 0, 30))!.Value;
        Assert.Equal((0, 100, 0, 130), (before.Number, before.Count, after.Number, after.Count));
        Assert.Null(ledger.Offer(Share("b", 0, 30)));
        Assert.Null(ledger.Close(Noon.AddMinutes(9)));
        Assert.Equal(0, ledger.Dropped);
    }

    [Fact]
    public void Offer_FarTooLate_IsDroppedAndCounted()
    {
        var ledger = new PaneLedger(PaneRule.Default, TimeSpan.Zero);
        for (var minute = 0; minute < PaneLedger.Amendable + 2; minute++)
        {
            ledger.Offer(Share("a", minute, 100));
            Assert.NotNull(ledger.Close(Noon.AddMinutes(minute + 1)));
        }

        Assert.Null(ledger.Offer(Share("b", 0, 30)));
        Assert.Equal(30, ledger.Dropped);
    }

    [Fact]
    public void Close_ShareNeverSealed_CountsOnceItsNodeMustBeDead()
    {
        var ledger = new PaneLedger(new PaneRule(5, TimeSpan.Zero, TimeSpan.MaxValue, 1), TimeSpan.Zero);
        ledger.Offer(Share("a", 0, 3, isSealed: false));

        Assert.Null(ledger.Close(Noon.AddMinutes(1) + PaneLedger.Orphaned - TimeSpan.FromTicks(1)));
        ledger.Offer(Share("b", 3, 4));
        Assert.Equal(7, ledger.Close(Noon.AddMinutes(4))!.Count);
    }

    [Fact]
    public void Close_WithinLateness_Waits()
    {
        var ledger = new PaneLedger(PaneRule.Default, TimeSpan.FromSeconds(10));
        ledger.Offer(Share("a", 0, 100));

        Assert.Null(ledger.Close(Noon.AddSeconds(69)));
        ledger.Offer(Share("b", 0, 100));
        Assert.Equal(200, ledger.Close(Noon.AddSeconds(70))!.Count);
    }

    [Fact]
    public void Offer_MoreThanFit_AreDroppedAndCounted()
    {
        var ledger = new PaneLedger(PaneRule.Default, TimeSpan.Zero);
        for (var i = 0; i <= PaneLedger.MostWaiting; i++)
            ledger.Offer(Share("n" + i, 0, 2));

        Assert.Equal(2, ledger.Dropped);
    }

    private static PaneSummary Share(string node, int minute, int rows, bool isSealed = true)
    {
        var counts = new PaneCounts(2);
        for (var i = 0; i < rows; i++)
            counts.AddBin(i % 2);
        var start = Noon.AddMinutes(minute);
        return new PaneSummary(new PaneKey("1", "hash", start, node, 0), start.AddMinutes(1), isSealed, rows, [counts]);
    }
}
