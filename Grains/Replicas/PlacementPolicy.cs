using Grains.Routing;
using Orleans.Runtime;

namespace Grains.Replicas;

/// <summary>
/// Where a version's replicas should be. Pure: what is wanted, what is loaded and the silos' reports come in, a plan goes out.
/// </summary>
/// <remarks>
/// <para>Each version ranks all silos its own way (rendezvous), so that replicas spread, every decider agrees, and a silo that comes or
/// goes moves only its share. Replicas of a version are on different silos; no silo ever gets a second one.</para>
/// <para>Silos without room rank behind all others, and get a replica only where it is the version's only one: the host has the last word
/// and may make room for it by dropping idle models; more replicas only take what is free. A replica that is loaded moves to a silo ranked higher only where there is room to spare (<see cref="SparePart"/> of the budget), so that
/// nothing moves back and forth around a full silo.</para>
/// <para>A plan first adds; what it drops is dropped once nothing is left to add, so that a move never thins a version out; where no silo takes
/// models, what is loaded stays.</para>
/// </remarks>
internal static class PlacementPolicy
{
    /// <summary>A silo takes a replica over from another one only while this part of its budget stays free.</summary>
    public const double SparePart = 0.1;

    private const int Full = 2;

    /// <param name="model">The model.</param>
    /// <param name="version">The version's number.</param>
    /// <param name="bytes">What one copy takes, as far as is known.</param>
    /// <param name="wanted">Replicas wanted.</param>
    /// <param name="current">Replicas that are loaded.</param>
    /// <param name="silos">The silos that live.</param>
    /// <param name="refusing">Silos that have just refused this version.</param>
    public static PlacementPlan Plan(
        string model,
        string version,
        long bytes,
        int wanted,
        IReadOnlyList<ReplicaRow> current,
        IReadOnlyList<SiloReport> silos,
        IReadOnlySet<SiloAddress> refusing)
    {
        var holding = current.Select(r => r.Silo).ToHashSet();
        var target = silos.Where(s => s.MemoryBudget > 0 && !s.IsLeaving && (holding.Contains(s.Silo) || !refusing.Contains(s.Silo)))
            .OrderBy(s => Rank(s, holding, bytes))
            .ThenByDescending(s => Rendezvous.Score($"{model}/{version}", s.Name))
            .Where((s, i) => i == 0 || Rank(s, holding, bytes) < Full)
            .Take(wanted).ToList();
        var alive = silos.Select(s => s.Silo).ToHashSet();
        SiloReport[] add = [.. target.Where(s => !holding.Contains(s.Silo))];
        return new PlacementPlan(
            add,
            MayEvict: !target.Exists(s => holding.Contains(s.Silo)),
            Drop: add.Length > 0 || target.Count == 0 ? [] : [.. current.Where((r, i) => alive.Contains(r.Silo) && !(IsTarget(r) && IsFirst(r, i)))],
            Lost: [.. current.Where(r => !alive.Contains(r.Silo))]);

        bool IsTarget(ReplicaRow replica) => target.Exists(t => t.Silo.Equals(replica.Silo));

        // A second replica on one silo is possible where the answer to a load was lost.
        bool IsFirst(ReplicaRow replica, int at) => !current.Take(at).Any(r => r.Silo.Equals(replica.Silo));
    }

    /// <summary>Whether one more copy fits without anything else being dropped.</summary>
    public static bool HasRoom(SiloReport silo, long bytes) => silo.MemoryUsed + bytes <= silo.MemoryBudget;

    /// <summary>0 for silos that hold it or have room to spare, 1 for those that just have room, 2 for full ones.</summary>
    private static int Rank(SiloReport silo, HashSet<SiloAddress> holding, long bytes)
    {
        if (holding.Contains(silo.Silo) || silo.MemoryUsed + bytes <= silo.MemoryBudget * (1 - SparePart)) return 0;
        return HasRoom(silo, bytes) ? 1 : Full;
    }
}
