namespace Serving.Access.Quotas;

public sealed class QuotaLedgerTests
{
    [Fact]
    public void Lease_TwoHolders_ShareWhatThereIs()
    {
        var ledger = new QuotaLedger(rate: 10, capacity: 100, term: 5, emptySince: null);

        Assert.Equal(60, ledger.Lease("a", 60, 0).Amount);
        Assert.Equal(20, ledger.Lease("b", 60, 0).Amount);
        Assert.Equal(80, ledger.Outstanding(0));
    }

    [Fact]
    public void Lease_LessThanOneRequestNeeds_StaysThere()
    {
        var ledger = new QuotaLedger(rate: 1, capacity: 2, term: 5, emptySince: null);

        Assert.Equal(1, ledger.Lease("a", 1, 0, least: 1).Amount);
        Assert.Equal(1, ledger.Lease("b", 1, 0, least: 1).Amount);
        Assert.Equal(0, ledger.Lease("c", 1, 0.9, least: 1).Amount);
        Assert.Equal(1, ledger.Lease("c", 1, 1, least: 1).Amount);
    }

    [Fact]
    public void Change_OfAFullOne_LeavesItFull()
    {
        var ledger = new QuotaLedger(rate: 1, capacity: 2, term: 5, emptySince: null);

        ledger.Change(10, 50, 0);

        Assert.True(ledger.IsWhole(0));
        Assert.Equal(50, ledger.Lease("a", 100, 0).Amount);
    }

    [Fact]
    public void Return_BeforeTheEnd_IsThereAgain_AfterItNot()
    {
        var ledger = new QuotaLedger(rate: 1, capacity: 100, term: 5, emptySince: null);
        var (early, late) = (ledger.Lease("a", 30, 0), ledger.Lease("a", 30, 0));

        ledger.Return(early.Id, 30, 1);
        ledger.Return(early.Id, 30, 1);
        ledger.Return(late.Id, 30, 6);

        Assert.Equal(76, ledger.Lease("a", 1000, 6).Amount, precision: 9);
    }

    /// <summary>
    /// Holders spend, return late or twice, crash, and use leases past their end, with clocks that are off; the ledger is lost now
    /// and then, and another begins.
    /// </summary>
    [Fact]
    public void Leases_WhateverHappens_AdmitNoMoreThanTheQuotaAndLeasesOutstanding()
    {
        for (var seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            var (rate, capacity, term) = (random.Next(1, 100), random.Next(1, 200), 1 + random.NextDouble() * 5);
            var ledger = new QuotaLedger(rate, capacity, term, emptySince: null);
            var held = new List<(QuotaLease Lease, double Spent)>();
            var (now, admitted, lost) = (0.0, 0.0, 0.0);
            for (var step = 0; step < 1000; step++)
            {
                now += random.NextDouble() * 0.2;
                switch (random.Next(100))
                {
                    case < 30:
                        held.Add((ledger.Lease($"silo{random.Next(4)}", random.Next(1, 40), now), 0));
                        break;
                    case < 75 when held.Count > 0:
                        var at = random.Next(held.Count);
                        var (lease, spent) = held[at];
                        var more = random.NextDouble() * (lease.Amount - spent);
                        admitted += more;
                        held[at] = (lease, spent + more);
                        break;
                    case < 92 when held.Count > 0:
                        at = random.Next(held.Count);
                        ledger.Return(held[at].Lease.Id, held[at].Lease.Amount - held[at].Spent, now);
                        if (random.Next(5) == 0) ledger.Return(held[at].Lease.Id, held[at].Lease.Amount, now);
                        held.RemoveAt(at);
                        break;
                    case < 98 when held.Count > 0:
                        held.RemoveAt(random.Next(held.Count));
                        break;
                    case 99:
                        lost += ledger.Outstanding(now);
                        ledger = new QuotaLedger(rate, capacity, term, emptySince: now);

                        // Ids begin anew: what a holder returns of the old ledger's must not count here.
                        held.Clear();
                        break;
                }

                Assert.True(admitted <= capacity + (rate * now) + lost + 1e-6, $"seed {seed}, step {step}: {admitted} at {now} s");
            }
        }
    }
}
