using Gateway.Access.Quotas;
using Serving.Access.Quotas;

namespace Gateway.Tests.Access.Quotas;

/// <summary>Gates of three processes that share a quota over one book, message by message; messages get lost, and the book itself.</summary>
public sealed class SharedQuotaTests
{
    private const string Caller = "key:a";
    private const double Tick = 0.1;

    private readonly List<QuotaAsk> asks = [];
    private double now;

    [Fact]
    public void Requests_WhateverGetsLost_AreNoMoreThanTheQuota()
    {
        for (var seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            var limits = new QuotaLimits { RequestsPerSecond = random.Next(1, 300), BurstSeconds = 0.05 + random.NextDouble() * 3 };
            var capacity = Math.Max(1, limits.RequestsPerSecond.Value * limits.BurstSeconds);
            var loss = random.NextDouble() * 0.3;
            var (book, gates) = Begin(limits);
            var admitted = 0;
            for (now = 0; now < 5; now += random.NextDouble() * 0.01)
            {
                var at = random.Next(gates.Length);
                if (random.NextDouble() < 0.002) book = new QuotaBook(now, firstLease: (long)random.Next(1 << 30) << 32);
                if (random.NextDouble() < 0.05) Exchange(book, gates, random.Next(gates.Length), limits, random, loss);
                if (Enter(book, gates, at, limits, random, loss)) admitted++;
                Assert.True(admitted <= capacity + (limits.RequestsPerSecond * now) + 1e-6, $"seed {seed}: {admitted} at {now} s of {limits}");
            }
        }
    }

    [Theory]
    [InlineData(100, 1, 1.0, 1.0, 1.0)]
    [InlineData(100, 1, 5.0, 0.5, 0.1)]
    [InlineData(1000, 0.2, 2.0, 2.0, 2.0)]
    [InlineData(10, 1, 0.5, 0.5, 0.5)]
    [InlineData(2, 1, 1.0, 1.0, 1.0)]
    public void Requests_MoreThanTheQuota_GetNineTenthsOfItAtLeast(double rate, double burst, double first, double second, double third)
    {
        const double seconds = 30;
        var limits = new QuotaLimits { RequestsPerSecond = rate, BurstSeconds = burst };
        var (book, gates) = Begin(limits);
        double[] offered = [first, second, third];
        double[] due = [0, 0, 0];
        int[] admitted = [0, 0, 0];
        var ticked = 0.0;
        for (now = 0; now < seconds; now += 0.001)
        {
            if (now - ticked >= Tick)
            {
                ticked = now;
                for (var i = 0; i < gates.Length; i++) Exchange(book, gates, i, limits);
            }

            for (var i = 0; i < gates.Length; i++)
            {
                for (due[i] += offered[i] * rate * 0.001; due[i] >= 1; due[i]--)
                {
                    if (Enter(book, gates, i, limits)) admitted[i]++;
                }
            }
        }

        Assert.InRange(admitted.Sum(), 0.9 * rate * seconds, (rate * seconds) + Math.Max(1, rate * burst));

        // Who asks for less than a third has all of it.
        for (var i = 0; i < gates.Length; i++)
        {
            if (offered[i] < 0.2) Assert.InRange(admitted[i], 0.95 * offered[i] * rate * seconds, offered[i] * rate * seconds);
        }
    }

    [Fact]
    public void Request_NowHereNowThere_FindsWhatTheQuotaHas()
    {
        var limits = new QuotaLimits { RequestsPerSecond = 1, BurstSeconds = 1 };
        var (book, gates) = Begin(limits);
        for (now = 0; now < 30; now += 1.001) Assert.True(Enter(book, gates, (int)now % 3, limits), $"at {now} s");
    }

    [Fact]
    public void Burst_AtOneProcess_IsAllLetIn()
    {
        var limits = new QuotaLimits { RequestsPerSecond = 50, BurstSeconds = 2 };
        var (book, gates) = Begin(limits);

        Assert.Equal(100, Enumerable.Range(0, 150).Count(_ => Enter(book, gates, 1, limits)));
    }

    [Fact]
    public void Rest_ThatNobodyWants_GoesBackWithinASecond()
    {
        var limits = new QuotaLimits { RequestsPerSecond = 0.001, BurstSeconds = 100_000 };
        var (book, gates) = Begin(limits);
        for (var i = 0; i < 20; i++) Assert.True(Enter(book, gates, 0, limits));
        now = 0.1;
        Exchange(book, gates, 0, limits);
        now = 1.5;
        Exchange(book, gates, 0, limits);

        var admitted = 0;
        for (var i = 0; i < 200; i++, now += 0.03)
        {
            if (Enter(book, gates, 1, limits)) admitted++;
        }

        Assert.Equal(80, admitted);
    }

    [Fact]
    public void Silence_OfWhoLends_LeavesAnEqualPart()
    {
        var limits = new QuotaLimits { RequestsPerSecond = 30, BurstSeconds = 1 };
        var gate = new QuotaGate(limits, 0, Caller);
        var admitted = 0;
        for (now = 0; now < 12; now += 0.01)
        {
            if (gate.TryEnter(Caller, 0, now, out _)) admitted++;

            gate.Fend(sharers: 3, now);
        }

        // After a second of waiting, ten a second.
        Assert.InRange(admitted, 100, 112);
    }

    [Fact]
    public void Silence_OfWhoLends_LeavesAnEqualPartOfThePlaces()
    {
        var gate = new QuotaGate(new QuotaLimits { Concurrent = 7 }, 0, Caller);
        for (now = 0; now < 3; now++) gate.Fend(sharers: 3, now);

        Assert.Equal(2, Enumerable.Range(0, 5).Count(i => gate.TryEnter(Caller, 0, now, out _)));
    }

    [Fact]
    public void Places_WhateverGetsLost_AreNotFilledTwice()
    {
        for (var seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            var limits = new QuotaLimits { Concurrent = random.Next(1, 20) };
            var loss = random.NextDouble() * 0.3;
            var (book, gates) = Begin(limits);
            int[] running = [0, 0, 0];
            for (now = 0; now < 10; now += random.NextDouble() * 0.01)
            {
                var at = random.Next(gates.Length);
                if (random.NextDouble() < 0.001) book = new QuotaBook(now, firstLease: 0);
                if (random.NextDouble() < 0.3) Exchange(book, gates, random.Next(gates.Length), limits, random, loss);
                if (running[at] > 0 && random.Next(2) == 0)
                {
                    gates[at].Leave(Caller);
                    running[at]--;
                }
                else if (Enter(book, gates, at, limits, random, loss)) running[at]++;
                Assert.True(running.Sum() <= limits.Concurrent, $"seed {seed}: {running.Sum()} of {limits.Concurrent} at {now} s");
            }
        }
    }

    [Fact]
    public void Places_AllWanted_AreAllFilled_AndSharedWhenOthersCome()
    {
        var limits = new QuotaLimits { Concurrent = 9 };
        var (book, gates) = Begin(limits);
        int[] running = [0, 0, 0];
        while (Enter(book, gates, 0, limits)) running[0]++;
        Assert.Equal(9, running[0]);

        // The others come, and get their parts as requests of the first end.
        for (var i = 0; i < 400; i++)
        {
            now += 0.03;
            if (running[0] > 0 && i % 4 == 0)
            {
                gates[0].Leave(Caller);
                running[0]--;
            }

            for (var g = 2; g >= 0; g--)
            {
                Exchange(book, gates, g, limits);
                if (Enter(book, gates, g, limits)) running[g]++;
            }
        }

        Assert.All(running, places => Assert.InRange(places, 2, 4));
        Assert.InRange(running.Sum(), 8, 9);
    }

    private (QuotaBook Book, QuotaGate[] Gates) Begin(QuotaLimits limits)
    {
        now = 0;
        var book = new QuotaBook(0, firstLease: 1L << 32);
        book.Fill();
        return (book, [new(limits, 0, Caller), new(limits, 0, Caller), new(limits, 0, Caller)]);
    }

    /// <summary>A request as the door has it: before it is refused, the quota is asked.</summary>
    private bool Enter(QuotaBook book, QuotaGate[] gates, int at, QuotaLimits limits, Random? random = null, double loss = 0)
    {
        var gate = gates[at];
        if (gate.TryEnter(Caller, 0, now, out var answer)) return true;
        if (!gate.Leases!.MayHaveMore(answer.Exhausted, now)) return false;
        Exchange(book, gates, at, limits, random, loss);
        return gate.TryEnter(Caller, 0, now, out _);
    }

    private void Exchange(QuotaBook book, QuotaGate[] gates, int at, QuotaLimits limits, Random? random = null, double loss = 0)
    {
        asks.Clear();
        gates[at].Ask(now, asks);
        if (random?.NextDouble() < loss) return;
        var answerIsLost = random?.NextDouble() < loss;
        foreach (var ask in asks)
        {
            var grant = book.Lend($"silo{at}", ask, limits, now);
            if (!answerIsLost) gates[at].Take(ask, grant, now);
        }
    }
}
