using Grains.Hosting;

namespace Grains.Tests.Hosting;

public sealed class MemoryBudgetTests
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(1);

    [Fact]
    public void Victims_EnoughRoom_AreNone() => Assert.Empty(MemoryBudget.Victims(100, 20, [("a", 80L, (TimeSpan?)Long)])!);

    [Fact]
    public void Victims_NoRoom_AreTheLongestIdle_AndNoMoreThanNeeded()
    {
        var victims = MemoryBudget.Victims(100, 30, [("new", 40L, (TimeSpan?)Long), ("oldest", 20L, 3 * Long), ("old", 40L, 2 * Long)]);

        Assert.Equal(["oldest", "old"], victims);
    }

    [Fact]
    public void Victims_Busy_StayWhatever() => Assert.Null(MemoryBudget.Victims(100, 30, [("busy", 90L, (TimeSpan?)null)]));

    [Fact]
    public void Victims_JustUsed_Stay() => Assert.Null(MemoryBudget.Victims(100, 30, [("fresh", 90L, (TimeSpan?)TimeSpan.FromMilliseconds(900))]));

    [Fact]
    public void Victims_NotEnough_AreNotDroppedInVain() =>
        Assert.Null(MemoryBudget.Victims(100, 50, [("idle", 20L, (TimeSpan?)Long), ("busy", 80L, null)]));

    [Theory]
    [InlineData(1000, 0, 1000 + (1 << 18))]
    [InlineData(1000, 400_000, 400_000)]
    [InlineData(1000, 50_000_000, 3000 + (1 << 20))]
    public void Account_ImplausibleMeasure_IsHeldToTheFiles(long files, long measured, long accounted) =>
        Assert.Equal(accounted, MemoryBudget.Account(files, measured));
}
