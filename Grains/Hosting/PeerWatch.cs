using Grains.Replicas;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace Grains.Hosting;

/// <summary>Asks other silos once a second whether they live, for <see cref="PeerReach"/> to judge, and says what changed.</summary>
internal sealed class PeerWatch(
    ILocalSiloDetails silo, IClusterMembershipService membership, IGrainFactory grains, PeerReach reach, StorageHealth storage, TimeProvider clock,
    ILogger<PeerWatch> log)
    : SiloChore(TimeSpan.FromSeconds(1), clock)
{
    /// <summary>Silos that are asked each time, at random: of many, one that answers is soon found.</summary>
    private const int MostAsked = 8;

    protected override async Task DoAsync()
    {
        var others = membership.CurrentSnapshot.Members.Values.Where(m => m.Status == SiloStatus.Active && !m.SiloAddress.Equals(silo.SiloAddress))
            .Select(m => m.SiloAddress).ToArray();
        Random.Shared.Shuffle(others);
        if (!reach.Looked(others.Length, await AnyAnswersAsync(others), storage.State)) return;
        if (reach.WhyCutOff is { } why) ClusterLog.CutOff(log, why);
        else ClusterLog.InReach(log);
    }

    private async Task<bool> AnyAnswersAsync(IEnumerable<SiloAddress> others)
    {
        var asked = others.Take(MostAsked).Select(AnswersAsync).ToList();
        while (asked.Count > 0)
        {
            var first = await Task.WhenAny(asked);
            if (await first) return true;
            asked.Remove(first);
        }

        return false;
    }

    /// <remarks>Any replica's name leads to the silo in it, also one that nobody has loaded.</remarks>
    private async Task<bool> AnswersAsync(SiloAddress other)
    {
        try
        {
            return (await grains.GetGrain<IModelReplica>(new ReplicaKey("", "", 0, other).ToString()).Where()).Equals(other);
        }
        catch (Exception lost) when (ClusterFault.Is(lost) || lost is OperationCanceledException)
        {
            return false;
        }
    }
}
