using Grains.Replicas;

namespace Grains.Tests.Replicas;

public sealed class ReplicaScaleTests
{
    private static readonly TimeSpan Target = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Look = ReplicaScale.LookEvery;

    private DateTimeOffset now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Wanted_AtFirst_IsTheLeast() => Assert.Equal(2, new ReplicaScale(new ReplicaBounds(2, 8, Target)).Wanted);

    [Theory]
    [InlineData(1, 1)]
    [InlineData(5, 5)]
    [InlineData(20, 8)]
    public void Resume_KeepsWhatIsLoaded_WithinBounds(int loaded, int wanted)
    {
        var scale = new ReplicaScale(new ReplicaBounds(1, 8, Target));

        scale.Resume(loaded);

        Assert.Equal(wanted, scale.Wanted);
    }

    [Fact]
    public void LongQueue_OneLook_ChangesNothing()
    {
        var scale = new ReplicaScale(new ReplicaBounds(1, 8, Target));
        Run(scale, 1, wait: 60);

        Assert.Equal(1, scale.Wanted);
    }

    [Fact]
    public void LongQueue_Stays_RisesByHalf_UpToTheMost()
    {
        var scale = new ReplicaScale(new ReplicaBounds(1, 8, Target));
        var seen = new List<int>();
        for (var i = 0; i < 40; i++)
        {
            Run(scale, 1, wait: 500);
            if (seen.Count == 0 || seen[^1] != scale.Wanted) seen.Add(scale.Wanted);
        }

        Assert.Equal([1, 2, 3, 4, 6, 8], seen);
    }

    [Fact]
    public void LongQueue_StepsUp_WaitForTheLoadedOnes()
    {
        var scale = new ReplicaScale(new ReplicaBounds(1, 8, Target));
        Run(scale, 3, wait: 500);
        Assert.Equal(2, scale.Wanted);
        Run(scale, 1, wait: 500);
        Assert.Equal(2, scale.Wanted);
        Run(scale, 1, wait: 500);
        Assert.Equal(3, scale.Wanted);
    }

    [Fact]
    public void ModerateQueue_ForHours_ChangesNothing()
    {
        var scale = new ReplicaScale(new ReplicaBounds(1, 8, Target));
        scale.Resume(3);
        Run(scale, 2000, wait: 20);

        Assert.Equal(3, scale.Wanted);
    }

    [Fact]
    public void ShortQueue_FallsOneByOne_DownToTheLeast()
    {
        var scale = new ReplicaScale(new ReplicaBounds(1, 8, Target));
        scale.Resume(3);
        Run(scale, 59, wait: 1);
        Assert.Equal(3, scale.Wanted);
        Run(scale, 3, wait: 1);
        Assert.Equal(2, scale.Wanted);
        Run(scale, 61, wait: 1);
        Assert.Equal(1, scale.Wanted);
        Run(scale, 500, wait: 1);
        Assert.Equal(1, scale.Wanted);
    }

    [Fact]
    public void NoRequests_CountAsShortQueue()
    {
        var scale = new ReplicaScale(new ReplicaBounds(1, 8, Target));
        scale.Resume(2);
        for (var i = 0; i < 62; i++) scale.Count(0, TimeSpan.Zero, now += Look);

        Assert.Equal(1, scale.Wanted);
    }

    [Fact]
    public void LoadBetweenTwoNumbers_StepsBackLessAndLessOften()
    {
        var scale = new ReplicaScale(new ReplicaBounds(1, 8, Target));
        scale.Resume(2);
        var changes = 0;
        for (var i = 0; i < 4 * 720; i++)
        {
            // One replica is too few, two are plenty; four hours.
            var before = scale.Wanted;
            Run(scale, 1, wait: scale.Wanted == 1 ? 500 : 1);
            if (scale.Wanted != before) changes++;
        }

        // Every five minutes it would be 96 changes.
        Assert.InRange(changes, 2, 14);
    }

    [Fact]
    public void Counts_OfManySilos_AreOneMean()
    {
        var scale = new ReplicaScale(new ReplicaBounds(1, 8, Target));
        scale.Count(0, TimeSpan.Zero, now);
        for (var i = 0; i < 4; i++)
        {
            // A thousand that waited 10 ms and ten that waited 500: the mean is below the target.
            scale.Count(1000, TimeSpan.FromSeconds(10), now += Look / 2);
            scale.Count(10, TimeSpan.FromSeconds(5), now += Look / 2);
        }

        Assert.Equal(1, scale.Wanted);
    }

    private void Run(ReplicaScale scale, int looks, double wait)
    {
        scale.Count(0, TimeSpan.Zero, now);
        for (var i = 0; i < looks; i++) scale.Count(100, 100 * TimeSpan.FromMilliseconds(wait), now += Look);
    }
}
