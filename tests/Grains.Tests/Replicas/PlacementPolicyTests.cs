using System.Net;
using Grains.Replicas;
using Grains.Routing;
using Orleans.Runtime;

namespace Grains.Tests.Replicas;

public sealed class PlacementPolicyTests
{
    private static readonly HashSet<SiloAddress> Nobody = [];

    [Theory]
    [InlineData(1, 2, 1)]
    [InlineData(3, 2, 2)]
    [InlineData(5, 3, 3)]
    public void Plan_NothingLoaded_AddsOnDifferentSilos(int silos, int wanted, int added)
    {
        var plan = Plan(wanted, [], Silos(silos));

        Assert.Equal(added, plan.Add.Select(s => s.Silo).Distinct().Count());
        Assert.Empty(plan.Drop);
    }

    [Fact]
    public void Plan_ManyModels_SpreadEvenly()
    {
        var silos = Silos(3);
        var perSilo = Enumerable.Range(0, 300)
            .SelectMany(i => PlacementPolicy.Plan($"model-{i}", "1", 0, 2, [], silos, Nobody).Add).CountBy(s => s.Name).ToDictionary();

        Assert.All(perSilo.Values, count => Assert.InRange(count, 160, 240));
    }

    [Fact]
    public void Plan_SiloJoins_MovesOnlyItsShare()
    {
        var four = Silos(4);
        var moved = 0;
        for (var i = 0; i < 300; i++)
        {
            var model = $"model-{i}";
            var before = PlacementPolicy.Plan(model, "1", 0, 2, [], [.. four.Take(3)], Nobody).Add;
            var plan = PlacementPolicy.Plan(model, "1", 0, 2, Rows(before), four, Nobody);
            Assert.True(plan.Add.All(s => s.Name == "silo-3"));
            moved += plan.Add.Count;
        }

        // A quarter of 600 replicas.
        Assert.InRange(moved, 110, 190);
    }

    [Fact]
    public void Plan_SiloJoins_AddsBeforeItDrops()
    {
        var four = Silos(4);
        var model = Enumerable.Range(0, 100).Select(i => $"model-{i}")
            .First(m => PlacementPolicy.Plan(m, "1", 0, 2, [], four, Nobody).Add.Any(s => s.Name == "silo-3"));
        var current = Rows(PlacementPolicy.Plan(model, "1", 0, 2, [], [.. four.Take(3)], Nobody).Add);

        var first = PlacementPolicy.Plan(model, "1", 0, 2, current, four, Nobody);
        Assert.Equal("silo-3", Assert.Single(first.Add).Name);
        Assert.Empty(first.Drop);

        ReplicaRow[] moved = [.. current, new ReplicaRow(9, four[3].Silo)];
        var second = PlacementPolicy.Plan(model, "1", 0, 2, moved, four, Nobody);
        Assert.Empty(second.Add);
        Assert.Contains(Assert.Single(second.Drop), current);
    }

    [Fact]
    public void Plan_SiloLeaves_MovesItsReplicas()
    {
        var silos = Silos(3);
        var current = Rows(Plan(2, [], silos).Add);
        SiloReport[] leaving = [.. silos.Select(s => s.Silo.Equals(current[0].Silo) ? Report(s.Name, isLeaving: true) : s)];

        Assert.DoesNotContain(Plan(2, current, leaving).Add, s => current.Any(r => r.Silo.Equals(s.Silo)));
    }

    [Fact]
    public void Plan_LastSiloLeaves_DropsNothing()
    {
        var plan = Plan(2, [new ReplicaRow(0, Address(0))], [Report("silo-0", isLeaving: true)]);

        Assert.Empty(plan.Drop);
    }

    [Fact]
    public void Plan_SiloGone_ItsReplicaIsLost()
    {
        var silos = Silos(3);
        var current = Rows(Plan(2, [], silos).Add);
        var plan = Plan(2, current, [.. silos.Where(s => !s.Silo.Equals(current[0].Silo))]);

        Assert.Equal([current[0]], plan.Lost);
        Assert.Single(plan.Add);
    }

    [Fact]
    public void Plan_TwoReplicasOnOneSilo_DropsTheSecond()
    {
        var silos = Silos(2);
        ReplicaRow[] current = [new(0, silos[0].Silo), new(1, silos[1].Silo), new(2, silos[0].Silo)];

        Assert.Equal([current[2]], Plan(2, current, silos).Drop);
    }

    [Fact]
    public void Plan_FullSilo_ComesLast()
    {
        var silos = Silos(3);
        var favourite = Plan(1, [], silos).Add[0];
        SiloReport[] full = [.. silos.Select(s => s == favourite ? Report(s.Name, used: 1000) : s)];

        Assert.DoesNotContain(Plan(2, [], full, bytes: 10).Add, s => s.Name == favourite.Name);
        Assert.Equal(2, Plan(3, [], full, bytes: 10).Add.Count);
    }

    [Fact]
    public void Plan_AllFull_OneSiloMakesRoom()
    {
        SiloReport[] full = [.. Silos(3).Select(s => Report(s.Name, used: 1000))];
        var plan = Plan(3, [], full, bytes: 10);

        Assert.True(plan.MayEvict);
        Assert.Empty(Plan(3, Rows(plan.Add), full, bytes: 10).Add);
        Assert.Single(plan.Add);
    }

    [Fact]
    public void Plan_OnlyReplicaOnALeavingSilo_MayPushOthersOut()
    {
        SiloReport[] silos = [Report("silo-0", isLeaving: true), Report("silo-1", used: 1000)];
        var plan = Plan(2, [new ReplicaRow(0, Address(0))], silos, bytes: 10);

        Assert.True(plan.MayEvict);
        Assert.Equal("silo-1", Assert.Single(plan.Add).Name);
        Assert.False(Plan(2, [new ReplicaRow(0, Address(0))], [Report("silo-0"), Report("silo-1")], bytes: 10).MayEvict);
    }

    [Fact]
    public void Plan_BetterSiloNearlyFull_MovesNothing()
    {
        var silos = Silos(3);
        var favourite = Plan(1, [], silos).Add[0];
        var other = silos.First(s => s != favourite);
        SiloReport[] nearlyFull = [.. silos.Select(s => s == favourite ? Report(s.Name, used: 895) : s)];
        ReplicaRow[] current = [new ReplicaRow(0, other.Silo)];

        Assert.Empty(Plan(1, current, nearlyFull, bytes: 10).Add);
        Assert.Equal(favourite.Name, Assert.Single(Plan(1, current, silos, bytes: 10).Add).Name);
    }

    [Fact]
    public void Plan_RefusingSilo_IsLeftOut()
    {
        var silos = Silos(3);
        var refused = Plan(1, [], silos).Add[0];
        var plan = PlacementPolicy.Plan("iris", "1", 0, 3, [], silos, new HashSet<SiloAddress> { refused.Silo });

        Assert.Equal(2, plan.Add.Count);
        Assert.DoesNotContain(refused, plan.Add);
    }

    [Fact]
    public void Plan_GatewayOnly_HoldsNothing() => Assert.Empty(Plan(1, [], [Report("gateway", budget: 0)]).Add);

    private static PlacementPlan Plan(int wanted, IReadOnlyList<ReplicaRow> current, IReadOnlyList<SiloReport> silos, long bytes = 0) =>
        PlacementPolicy.Plan("iris", "1", bytes, wanted, current, silos, Nobody);

    private static SiloReport[] Silos(int count) => [.. Enumerable.Range(0, count).Select(i => Report($"silo-{i}"))];

    private static ReplicaRow[] Rows(IEnumerable<SiloReport> silos) => [.. silos.Select((s, i) => new ReplicaRow(i, s.Silo))];

    private static SiloAddress Address(int number) => SiloAddress.New(IPAddress.Loopback, 1000 + number, 1);

    private static SiloReport Report(string name, long used = 0, bool isLeaving = false, long budget = 1000) => new()
    {
        Silo = Address(name.Contains('-') ? int.Parse(name.Split('-')[1]) : 99), Name = name, MemoryBudget = budget, MemoryUsed = used, IsLeaving = isLeaving,
    };
}
