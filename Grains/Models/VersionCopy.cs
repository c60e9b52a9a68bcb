using System.Globalization;
using Grains.Drift;
using Grains.Hosting;
using Grains.Replicas;
using Grains.Routing;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;
using Serving.Models;

namespace Grains.Models;

/// <summary>
/// One slot of the lifecycle as the model's grain carries it out: loads, moves and drops its replicas by the placement policy. Lives in
/// the grain's turns; one filling at a time.
/// </summary>
internal sealed class VersionCopy(
    VersionSlot slot, LoadOrder order, SiloServingOptions options, Ordinals ordinals, IGrainFactory grains, ILogger log)
{
    private readonly SemaphoreSlim filling = new(1);
    private readonly HashSet<SiloAddress> refusing = [];
    private ReplicaScale? scale;

    public VersionSlot Slot { get; } = slot;

    public LoadOrder Order { get; } = order;

    public string Version { get; } = order.Version.ToString(CultureInfo.InvariantCulture);

    /// <summary>What the first replica said; null before.</summary>
    public SentDescription? Description { get; private set; }

    /// <summary>The loaded replicas that requests may be sent to.</summary>
    public List<ReplicaRow> Replicas { get; } = [];

    /// <summary>The version's monitor knows that it is ready.</summary>
    public bool IsAnnounced { get; set; }

    /// <summary>Somebody is to be told of its alerts.</summary>
    public bool HasReceivers { get; private set; }

    /// <summary>It was dropped to make room, and waits for a request.</summary>
    public bool IsParked => Description is not null && Replicas.Count == 0;

    /// <summary>Replicas that there should be; one, as long as nothing is known of the version.</summary>
    private int Wanted => scale?.Wanted ?? 1;

    /// <summary>Takes over what an earlier life of the grain published.</summary>
    public void Adopt(VersionRow row)
    {
        Describe(row.Description);
        scale!.Resume(row.Replicas.Length);
        Replicas.AddRange(row.Replicas);
        foreach (var replica in row.Replicas) ordinals.Adopt(Order.Version, replica.Ordinal);
    }

    /// <summary>Loads what is missing of the replicas wanted, as far as the silos allow.</summary>
    /// <param name="silos">Gives the silos as they are now.</param>
    public async Task<PlacingResult> FillAsync(Func<Task<SiloReport[]>> silos)
    {
        await filling.WaitAsync();
        refusing.Clear();
        LoadReport? last = null;
        try
        {
            while (true)
            {
                var plan = Plan(await silos());
                foreach (var lost in plan.Lost) Forget(lost);
                if (Replicas.Count == 0 && (last is { End: LoadEnd.Failed } || plan.Add.Count == 0))
                    return new PlacingResult(last?.Reason ?? "no silo takes models", MayFitLater: last is not { End: LoadEnd.Failed or LoadEnd.TooLarge });
                if (plan.Add.Count == 0) return default;

                var reports = await Task.WhenAll(plan.Add.Select((silo, i) => LoadOnAsync(silo.Silo, mayEvict: plan.MayEvict && i == 0)));
                last = reports.MinBy(r => r.End == LoadEnd.Failed ? 0 : 1);
            }
        }
        finally
        {
            filling.Release();
        }
    }

    /// <summary>Takes out of <see cref="Replicas"/> what is too many or in the wrong place: to be unloaded once no silo routes to it.</summary>
    public IReadOnlyList<ReplicaRow> TakeSurplus(SiloReport[] silos)
    {
        if (filling.CurrentCount == 0) return [];
        var surplus = Plan(silos).Drop;
        foreach (var replica in surplus) Replicas.Remove(replica);
        return surplus;
    }

    /// <summary>Has a replica let go of the version. One that does not answer is gone with its silo.</summary>
    public async Task UnloadAsync(ReplicaRow replica)
    {
        try
        {
            await Replica(replica).Unload();
        }
        catch (Exception gone) when (ClusterFault.Is(gone))
        {
            ClusterLog.ReplicaGone(log, Order.Model, Version, replica.Ordinal, gone.Message);
        }

        ordinals.Free(Order.Version, replica.Ordinal);
    }

    /// <summary>A replica is gone without having been unloaded; false when it was not known.</summary>
    public bool Forget(ReplicaRow replica)
    {
        if (!Replicas.Remove(replica)) return false;
        ordinals.Free(Order.Version, replica.Ordinal);
        return true;
    }

    /// <summary>Counts how long requests waited at one silo; true when another number of replicas is wanted now.</summary>
    public bool Count(long requests, TimeSpan waited, DateTimeOffset now) => scale?.Count(requests, waited, now) ?? false;

    private void Describe(SentDescription description)
    {
        if (Description is not null) return;
        Description = description;
        HasReceivers = WatchSetup.HasReceivers(description);
        scale = new ReplicaScale(ReplicaBounds.Of(options, description.Replicas.ToConfig()));
    }

    private PlacementPlan Plan(SiloReport[] silos) =>
        PlacementPolicy.Plan(Order.Model, Version, Description?.MemoryBytes ?? 0, Wanted, Replicas, silos, refusing);

    private async Task<LoadReport> LoadOnAsync(SiloAddress silo, bool mayEvict)
    {
        var ordinal = ordinals.Take(Order.Version);
        try
        {
            var report = await Replica(new ReplicaRow(ordinal, silo)).Load(Order, mayEvict);
            if (report.End == LoadEnd.Loaded)
            {
                Describe(report.Description!);
                Replicas.Add(new ReplicaRow(ordinal, report.Silo));
                return report;
            }

            refusing.Add(silo);
            ordinals.Free(Order.Version, ordinal);
            return report;
        }
        catch (Exception lost) when (ClusterFault.Is(lost))
        {
            // Whether it was loaded is not known, so the ordinal stays in use: another replica must not find it half loaded.
            ClusterLog.ReplicaGone(log, Order.Model, Version, ordinal, lost.Message);
            refusing.Add(silo);
            return new LoadReport { Silo = silo, End = LoadEnd.Full, Reason = "the silo does not answer" };
        }
    }

    private IModelReplica Replica(ReplicaRow row) =>
        grains.GetGrain<IModelReplica>(new ReplicaKey(Order.Model, Version, row.Ordinal, row.Silo).ToString());
}
