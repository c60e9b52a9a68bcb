using Grains.Hosting;
using Grains.Inference;
using Grains.Replicas;
using Grains.Routing;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;
using Orleans.Runtime;
using Serving;
using Serving.Models;

namespace Grains.Models;

/// <summary>
/// Drives the <see cref="ModelLifecycle"/> of one model for the whole cluster: where <see cref="ModelLoop"/> loads a session, this
/// has replicas loaded on silos; where that swaps a table, this publishes a row.
/// </summary>
/// <remarks>
/// Reentrant: loading takes minutes and must not hold up the next look at the repository. All state is touched in turns of the
/// grain, one at a time, and decisions are the machine's; an await is never between reading and changing a decision's state.
/// </remarks>
[Reentrant]
internal sealed class ModelGrain(
    [PersistentState("model", StorageNames.Grains)] IPersistentState<ModelGrainState> state,
    SiloServingOptions options,
    ILogger<ModelGrain> log) : Grain, IModelGrain
{
    private readonly ModelLifecycle lifecycle = new();
    private readonly Dictionary<VersionSlot, VersionCopy> copies = [];
    private readonly List<TaskCompletionSource> waiters = [];
    private ModelSighting? sighting;
    private long[]? routed;
    private string? fault;
    private long rowNumber;

    private string Name => this.GetPrimaryKeyString();

    private IRouteTable Routes => GrainFactory.GetGrain<IRouteTable>(0);

    private bool IsExplicit => options.Serving.ControlMode == ControlMode.Explicit;

    public async Task Observe(ModelSighting? seen)
    {
        sighting = seen ?? sighting;
        routed ??= await GrainFactory.GetGrain<IRouterGrain>(Name).Start();
        ApplySighting();
        Step();
        await PublishAsync();
        foreach (var copy in copies.Values.Where(c => c.Slot.State == SlotState.Ready).ToArray()) _ = MendAsync(copy);
    }

    public async Task<SentError?> Load(string? configJson)
    {
        state.State.Requested = true;
        state.State.ConfigJson = configJson;
        state.State.Generation++;
        await state.WriteStateAsync();
        lifecycle.Retry();
        await Observe(await GrainFactory.GetGrain<IRepositoryGrain>(0).Look(Name));
        await RestAsync();
        if (sighting is not { Exists: true })
        {
            state.State.Requested = false;
            await state.WriteStateAsync();
            return NotReady($"failed to load '{Name}': it is not in the model repository", ErrorCode.ModelNotFound);
        }

        var reasons = lifecycle.Index(Name).Where(i => i.Reason is not null).Select(i => $"version {i.Version}: {i.Reason}");
        if (fault is not null) reasons = reasons.Prepend(fault);
        var text = string.Join("; ", reasons);
        if (text.Length > 0) return NotReady($"failed to load '{Name}': {text}");
        return lifecycle.Slots.Any(s => s.State == SlotState.Ready)
            ? null
            : NotReady($"failed to load '{Name}': it has no version that its version policy names");
    }

    public async Task<SentError?> Unload()
    {
        state.State.Requested = false;
        state.State.ConfigJson = null;
        await state.WriteStateAsync();
        await Observe(null);
        await RestAsync();
        return null;
    }

    public async Task<SentError?> Awaken(string version)
    {
        if (copies.Values.FirstOrDefault(c => c.Slot.State == SlotState.Ready && c.Order.Version.ToString() == version) is not { } copy)
            return SentError.Of(ServingError.VersionNotFound(Name, version));
        if (copy.Replicas.Count == 0) await MendAsync(copy);
        return copy.Replicas.Count > 0 ? null : SentError.Of(ServingError.NotReady(Name, version, "no silo has room for it now"));
    }

    public Task Route(long[] versions)
    {
        routed = versions;
        return Observe(null);
    }

    public async Task Dropped(string version, int ordinal, SiloAddress silo)
    {
        foreach (var copy in copies.Values.Where(c => c.Order.Version.ToString() == version))
            copy.Replicas.RemoveAll(r => r.Ordinal == ordinal && r.Silo.Equals(silo));
        await PublishAsync();
    }

    private static SentError NotReady(string sentence, Serving.ErrorCode code = ErrorCode.ModelNotReady) =>
        new() { Code = code, Message = sentence };

    private void ApplySighting()
    {
        if (sighting is null) return;
        var wanted = !IsExplicit || (state.State.Requested ?? sighting.AtStart);
        if (!sighting.Exists || !wanted)
        {
            fault = null;
            lifecycle.Observe([], static versions => [.. versions]);
            return;
        }

        // A folder at fault changes nothing: what was loaded from it before serves on, and the fault is shown.
        fault = state.State.ConfigJson is null ? sighting.Fault : null;
        if (fault is not null) return;
        lifecycle.Observe([.. sighting.Versions.Select(v => new AvailableVersion(v.Number, Fingerprint(v)))], Wanted);
    }

    /// <summary>What the policy names, and what the traffic document does: nothing that takes traffic is unloaded.</summary>
    private IReadOnlyList<long> Wanted(IEnumerable<long> versions)
    {
        var available = versions.ToArray();
        return [.. Policy(sighting!).Wanted(available).Union(routed!.Intersect(available)).Order()];
    }

    private string Fingerprint(SightedVersion version) => $"{version.Fingerprint}/{sighting!.ConfigFingerprint}/{state.State.Generation}";

    private static Serving.Models.Config.VersionPolicy Policy(ModelSighting seen) => seen switch
    {
        { Numbers.Length: > 0 } => new Serving.Models.Config.VersionPolicy.Specific([.. seen.Numbers]),
        { Latest: -1 } => new Serving.Models.Config.VersionPolicy.All(),
        _ => new Serving.Models.Config.VersionPolicy.Latest(seen.Latest),
    };

    /// <summary>Begins what the machine asks for.</summary>
    private void Step()
    {
        while (lifecycle.Next() is { } step)
        {
            if (step.Load) _ = LoadAsync(step.Slot);
            else _ = RetireAsync(step.Slot);
        }

        if (!lifecycle.IsSettled) return;
        foreach (var waiter in waiters) waiter.TrySetResult();
        waiters.Clear();
    }

    private async Task RestAsync()
    {
        while (!lifecycle.IsSettled)
        {
            var waiter = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            waiters.Add(waiter);
            await waiter.Task;
        }
    }

    private async Task LoadAsync(VersionSlot slot)
    {
        var seen = sighting!.Versions.First(v => v.Number == slot.Version);
        var copy = copies[slot] = new VersionCopy(slot, new LoadOrder
        {
            Model = Name, Version = slot.Version, FilesFingerprint = seen.Fingerprint, Fingerprint = slot.Fingerprint, ConfigJson = state.State.ConfigJson,
        });
        var result = await PlaceAsync(copy);
        if (result.Fault is null) lifecycle.Loaded(slot);
        else
        {
            copies.Remove(slot);
            lifecycle.Failed(slot, result.Fault);
        }

        Step();
        await PublishAsync();
    }

    /// <summary>Only once no silo sends requests to it any more.</summary>
    private async Task RetireAsync(VersionSlot slot)
    {
        var copy = copies[slot];
        await PublishAsync();
        while (!await Routes.Settle()) ClusterLog.Unsettled(log, Name, slot.Version);
        await Task.WhenAll(copy.Replicas.Select(DropAsync));
        copies.Remove(slot);
        lifecycle.Dropped(slot);
        Step();
        await PublishAsync();

        async Task DropAsync(ReplicaRow replica)
        {
            try
            {
                await Replica(copy, replica.Ordinal).Unload();
            }
            catch (Exception gone) when (gone is not OutOfMemoryException)
            {
                ClusterLog.ReplicaGone(log, Name, slot.Version, replica.Ordinal, gone.Message);
            }
        }
    }

    /// <summary>Loads what is missing of a ready version's replicas.</summary>
    private async Task MendAsync(VersionCopy copy)
    {
        await PlaceAsync(copy);
        await PublishAsync();
    }

    private async Task<PlacingResult> PlaceAsync(VersionCopy copy)
    {
        var placing = copy.Placing ??= PlaceOnceAsync(copy);
        try
        {
            return await placing;
        }
        finally
        {
            copy.Placing = null;
        }
    }

    private async Task<PlacingResult> PlaceOnceAsync(VersionCopy copy)
    {
        await Task.Yield();
        var silos = await SilosAsync();
        var order = PlacementPolicy.Order(Name, copy.Order.Version.ToString(), silos).ToList();
        copy.Replicas.RemoveAll(r => !silos.Any(s => s.Silo.Equals(r.Silo)));
        order.RemoveAll(s => copy.Replicas.Any(r => r.Silo.Equals(s.Silo)));
        string? reason = null;
        while (order.Count > 0 && copy.Replicas.Count < options.Replicas)
        {
            var targets = order.Take(options.Replicas - copy.Replicas.Count).ToArray();
            order.RemoveRange(0, targets.Length);
            var reports = await Task.WhenAll(targets.Select(t => LoadOnAsync(copy, t.Silo)));
            reason = reports.FirstOrDefault(r => r is { NoRoom: false, Error: not null })?.Error!.Message ?? reason;
            if (reason is not null && copy.Replicas.Count == 0) return new PlacingResult(reason, NoRoom: false);
        }

        return copy.Replicas.Count > 0 || copy.Description is not null ? default : new PlacingResult("no silo has room for it", NoRoom: true);
    }

    /// <summary>The silos, as soon as there is one that holds models.</summary>
    private async Task<SiloReport[]> SilosAsync()
    {
        while (true)
        {
            var silos = await Routes.GetSilos();
            if (silos.Any(s => s is { MemoryBudget: > 0, IsLeaving: false })) return silos;
            await Task.Delay(TimeSpan.FromMilliseconds(100));
        }
    }

    private async Task<LoadReport> LoadOnAsync(VersionCopy copy, SiloAddress silo)
    {
        var ordinal = FreeOrdinal(copy.Order.Version);
        copy.Busy.Add(ordinal);
        try
        {
            RequestContext.Set(Orleans.Runtime.Placement.IPlacementDirector.PlacementHintKey, silo);
            var report = await Replica(copy, ordinal).Load(copy.Order);
            if (report.Error is not null) return report;
            copy.Description ??= report.Description;
            copy.Replicas.Add(new ReplicaRow(ordinal, report.Silo));
            return report;
        }
        catch (Exception lost) when (lost is OrleansException or TimeoutException)
        {
            ClusterLog.ReplicaGone(log, Name, copy.Order.Version, ordinal, lost.Message);
            return new LoadReport { Silo = silo, NoRoom = true };
        }
        finally
        {
            RequestContext.Remove(Orleans.Runtime.Placement.IPlacementDirector.PlacementHintKey);
            copy.Busy.Remove(ordinal);
        }
    }

    private int FreeOrdinal(long version)
    {
        var taken = copies.Values.Where(c => c.Order.Version == version).SelectMany(c => c.Busy.Concat(c.Replicas.Select(r => r.Ordinal))).ToHashSet();
        var ordinal = 0;
        while (taken.Contains(ordinal)) ordinal++;
        return ordinal;
    }

    private IModelReplica Replica(VersionCopy copy, int ordinal) =>
        GrainFactory.GetGrain<IModelReplica>(new ReplicaKey(Name, copy.Order.Version.ToString(), ordinal).ToString());

    /// <summary>Publishes the model as it is now, over whatever row stands.</summary>
    private async Task PublishAsync()
    {
        while (true)
        {
            var row = ToRow(++rowNumber);
            var standing = await Routes.Publish(row);
            if (standing <= row.Number) break;
            rowNumber = Math.Max(rowNumber, standing);
        }

        await GrainFactory.GetGrain<IRouterGrain>(Name).VersionsChanged();
    }

    private ModelRow ToRow(long number)
    {
        var index = lifecycle.Index(Name).Select(i => new IndexRow(i.Version, i.State, i.Reason)).ToList();
        var exists = sighting is { Exists: true };
        if (fault is not null) index.Insert(0, new IndexRow(null, Serving.Models.ModelState.Unavailable, fault));
        else if (index.Count == 0 && exists) index.Add(new IndexRow(null, Serving.Models.ModelState.Unknown, null));
        return new ModelRow
        {
            Model = Name,
            Number = number,
            Index = [.. index],

            // Of two ready copies of one number, the younger one answers.
            Versions =
            [
                .. copies.Values.Where(c => c.Slot.State == SlotState.Ready)
                    .GroupBy(c => c.Slot.Version, (_, same) => same.MaxBy(c => c.Slot.Id)!).OrderBy(c => c.Slot.Version)
                    .Select(c => new VersionRow { Description = c.Description!, Fingerprint = c.Slot.Fingerprint, Replicas = [.. c.Replicas] }),
            ],
        };
    }
}
