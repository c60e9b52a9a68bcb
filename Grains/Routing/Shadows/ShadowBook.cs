using Serving.Routing;
using Serving.Routing.Shadows;

namespace Grains.Routing.Shadows;

/// <summary>
/// What silos have counted of one model's shadows, and the sum of it. Each silo's counts are everything that it has counted in its life, so
/// what comes twice counts once; what a silo had not told when it was killed is lost, and the sum says so. Synchronous, no clock.
/// </summary>
internal sealed class ShadowBook
{
    /// <summary>Silos that are gone and kept apart; beyond, the longest silent one is added to <see cref="rest"/>.</summary>
    private const int MostGone = 64;

    private static readonly TimeSpan SilentAfter = TimeSpan.FromSeconds(10);

    /// <summary>How long a silo that is gone is shown.</summary>
    private static readonly TimeSpan ShownFor = TimeSpan.FromHours(1);

    private readonly Dictionary<SiloAddress, SiloShadows> silos = [];
    private List<ShadowTally> rest = [];

    public ShadowBook(ShadowState state)
    {
        foreach (var silo in state.Silos) silos[silo.Silo] = silo;
        if (state.Rest is { } json) rest = ShadowTallyJson.Read(json);
    }

    /// <summary>Takes a silo's counts; false when they say nothing new, or are older than what is there.</summary>
    public bool Count(SiloShadows counts)
    {
        var held = silos.GetValueOrDefault(counts.Silo);
        if (held?.Until >= counts.Until) return false;
        silos[counts.Silo] = counts;
        return held is null || held.IsLast != counts.IsLast || !held.Tallies.AsSpan().SequenceEqual(counts.Tallies);
    }

    /// <summary>Adds up what nobody will add to any more, so that the book does not grow with every silo that ever was.</summary>
    /// <param name="isGone">Whether a silo will never count again.</param>
    /// <param name="now">The time.</param>
    public void Fold(Predicate<SiloAddress> isGone, DateTimeOffset now)
    {
        var gone = silos.Values.Where(s => isGone(s.Silo)).OrderByDescending(s => s.Until).ToArray();
        for (var i = 0; i < gone.Length; i++)
        {
            if (i < MostGone && now - gone[i].Until < ShownFor) continue;
            rest = [.. rest.Concat(ShadowTallyJson.Read(gone[i].Tallies)).GroupBy(t => (t.Version, t.Since), (key, same) => Sum(key.Version, key.Since, same).Tally())];
            silos.Remove(gone[i].Silo);
        }
    }

    /// <summary>The sums of these shadows; what was counted of others is forgotten.</summary>
    /// <param name="targets">The present shadows.</param>
    /// <param name="isGone">Whether a silo will never count again.</param>
    /// <param name="now">The time.</param>
    public List<ShadowReport> Report(IReadOnlyList<ShadowTarget> targets, Predicate<SiloAddress> isGone, DateTimeOffset now)
    {
        var counted = silos.Values.OrderBy(s => s.Node, StringComparer.Ordinal).ThenBy(s => s.Until)
            .Select(s => (Silo: s, Tallies: ShadowTallyJson.Read(s.Tallies))).ToArray();
        var reports = new List<ShadowReport>();
        foreach (var target in targets)
        {
            bool IsOf(ShadowTally tally) => tally.Version == target.Version && tally.Since == target.Since;
            var sum = Sum(target.Version, target.Since, rest.Concat(counted.SelectMany(c => c.Tallies)).Where(IsOf));
            reports.Add(sum.Report(target.Percent) with
            {
                Nodes =
                [
                    .. counted.Where(c => !c.Silo.IsLast && c.Tallies.Exists(IsOf))
                        .Select(c => new ShadowNode(c.Silo.Node, c.Silo.Until, isGone(c.Silo.Silo) || now - c.Silo.Until > SilentAfter)),
                ],
            });
        }

        return reports;
    }

    /// <summary>Forgets what was counted of versions that are no shadows any more, by silos that are not here any more.</summary>
    public void Keep(IReadOnlyDictionary<string, long> shadows) =>
        rest = [.. rest.Where(t => shadows.TryGetValue(t.Version, out var since) && since == t.Since)];

    public void Save(ShadowState state) => (state.Silos, state.Rest) = ([.. silos.Values], rest.Count == 0 ? null : ShadowTallyJson.Write(rest));

    private static ShadowComparison Sum(string version, long since, IEnumerable<ShadowTally> tallies)
    {
        var sum = new ShadowComparison(version, since);
        foreach (var tally in tallies) sum.Add(tally);
        return sum;
    }
}
