using Gateway.Access.Quotas;

namespace Gateway.Tests.Access.Quotas;

public sealed class QuotaMeterTests
{
    [Fact]
    public void TryTake_Exhausted_TellsAWaitThatIsExact()
    {
        var meter = new QuotaMeter(rate: 10, capacity: 5);
        for (var i = 0; i < 5; i++) Assert.Null(meter.TryTake("a", 1, 0));

        var wait = meter.TryTake("a", 1, 0)!.Value.TotalSeconds;

        Assert.Equal(0.1, wait, precision: 6);
        Assert.NotNull(meter.TryTake("a", 1, 0.0999));
        Assert.Null(meter.TryTake("a", 1, wait));
    }

    [Fact]
    public void TryTake_CostAboveTheBurst_IsAdmittedWhenFullAndPaidOff()
    {
        var meter = new QuotaMeter(rate: 10, capacity: 5);

        Assert.Null(meter.TryTake("a", 25, 0));

        Assert.Equal(2.1, meter.TryTake("a", 1, 0)!.Value.TotalSeconds, precision: 6);
        Assert.Null(meter.TryTake("a", 1, 2.11));
    }

    [Fact]
    public void Charge_AfterwardsIntoDebt_RefusesUntilItIsPaid()
    {
        var meter = new QuotaMeter(rate: 100, capacity: 100);
        Assert.Null(meter.TryTake("a", 0, 0));
        meter.Charge("a", 300, 0);

        var wait = meter.TryTake("a", 0, 0)!.Value.TotalSeconds;

        Assert.InRange(wait, 2, 2.001);
        Assert.Null(meter.TryTake("a", 0, wait));
    }

    [Fact]
    public void Change_ToLess_KeepsTheDebt()
    {
        var meter = new QuotaMeter(rate: 100, capacity: 100);
        Assert.Null(meter.TryTake("a", 200, 0));

        meter.Change(10, 10, now: 0);

        Assert.Equal(10.1, meter.TryTake("a", 1, 0)!.Value.TotalSeconds, precision: 3);
    }

    [Fact]
    public void TryTake_RandomCallers_NeverExceedTheQuota()
    {
        for (var seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            var (rate, capacity) = (random.Next(1, 200), random.Next(1, 400));
            var meter = new QuotaMeter(rate, capacity);
            var (now, admitted, largest) = (0.0, 0.0, 0.0);
            for (var i = 0; i < 2000; i++)
            {
                now += random.NextDouble() * (random.Next(50) == 0 ? 15 : 0.05);
                var caller = $"caller{random.Next(seed % 5 == 0 ? 100 : 4)}";
                var (known, later) = (random.Next(0, 5), random.Next(4) == 0 ? random.Next(0, 20) : 0);
                if (meter.TryTake(caller, known, now) is not null) continue;
                meter.Charge(caller, later, now);
                admitted += known + later;
                largest = Math.Max(largest, known + later);
                if (random.Next(10) == 0)
                {
                    meter.Return(caller, known, now);
                    admitted -= known;
                }

                // A burst, a burst that the pot may owe, and what each of the callers last left as a debt.
                Assert.True(
                    admitted <= (2 * capacity) + (rate * now) + (largest * QuotaMeter.MostCallers), $"seed {seed}: {admitted} at {now} s");
            }

            Assert.True(admitted <= (2 * capacity) + (rate * now) + (largest * 8) || seed % 5 == 0, $"seed {seed}: {admitted} at {now} s");
        }
    }

    /// <summary>A clock that jumps: back gives nothing, ahead no more than a burst.</summary>
    [Fact]
    public void TryTake_ClockThatJumps_NeverExceedsTheQuota()
    {
        for (var seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            var meter = new QuotaMeter(rate: 100, capacity: 100);
            var (now, latest, admitted, jumps) = (1e6, 1e6, 0, 0);
            for (var i = 0; i < 5000; i++)
            {
                now += random.NextDouble() * 0.02;
                if (random.Next(500) == 0)
                {
                    now += random.Next(2) == 0 ? 1e9 : -random.Next(1, 1000);
                    jumps++;
                }

                if (meter.TryTake("a", 1, now) is null) admitted++;
                else Assert.InRange(meter.TryTake("a", 1, now)!.Value.TotalSeconds, 0, 1);
                latest = Math.Max(latest, now);
            }

            Assert.InRange(admitted, 1, 100 * (1 + jumps) + (int)(100 * 5000 * 0.02));
            Assert.Null(meter.TryTake("a", 1, latest + 1));
        }
    }

    [Theory]
    [InlineData(1000, 40)]
    [InlineData(1000, 1)]
    [InlineData(120, 49)]
    public void TryTake_NoisyAndQuiet_TheQuietLosesNothing(int noisyPerSecond, int quietPerSecond)
    {
        var meter = new QuotaMeter(rate: 100, capacity: 100);
        var (noisy, quiet, lost) = (0, 0, 0);
        for (var millisecond = 0; millisecond < 60_000; millisecond++)
        {
            var now = millisecond / 1000.0;
            for (var i = 0; i < noisyPerSecond * (millisecond + 1) / 1000 - noisyPerSecond * millisecond / 1000; i++)
            {
                if (meter.TryTake("noisy", 1, now) is null) noisy++;
            }

            // The quiet one comes when the noisy one has long taken all there was.
            if (millisecond < 20_000 || quietPerSecond * (millisecond + 1) / 1000 == quietPerSecond * millisecond / 1000) continue;
            if (meter.TryTake("quiet", 1, now) is null) quiet++;
            else lost++;
        }

        Assert.Equal(0, lost);
        Assert.InRange(noisy + quiet, 100 * 60, 100 * 62);
        Assert.InRange(quiet, quietPerSecond * 40 - 1, quietPerSecond * 40 + 1);
    }
}
