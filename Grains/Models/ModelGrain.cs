using Grains.Drift;
using Grains.Drift.Quality;
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
/// grain, one at a time, and decisions are the machine's; no await stands between reading and changing what a decision rests on.
/// A grain that starts anew, its silo being gone, takes over the copies that its last row names: they serve on all the while.
/// </remarks>
[Reentrant]
internal sealed class ModelGrain(
    [PersistentState("model", StorageNames.Grains)] IPersistentState<ModelGrainState> state,
    SiloServingOptions options,
    StorageHealth storage,
    Standing standing,
    TimeProvider clock,
    ILogger<ModelGrain> log)
    : Grain, IModelGrain
{
    private readonly ModelLifecycle lifecycle = new();
    private readonly Ordinals ordinals = new();
    private readonly Dictionary<VersionSlot, VersionCopy> copies = [];
    private readonly List<TaskCompletionSource> resting = [];
    private RowPublisher publisher = null!;
    private Task? started;
    private ModelSighting? sighting;
    private long[] routed = [];
    private string? fault;
    private bool mayBeStale;

    private string Name => this.GetPrimaryKeyString();

    private IRouteTable Routes => GrainFactory.GetGrain<IRouteTable>(0);

    /// <summary>It is in the repository and, in explicit mode, somebody wants it.</summary>
    private bool IsAskedFor => sighting is { Exists: true }
        && (options.Serving.ControlMode != ControlMode.Explicit || (state.State.Requested ?? sighting.AtStart));

    private IRouterGrain Router => GrainFactory.GetGrain<IRouterGrain>(Name);

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        publisher = new RowPublisher(ToRow, Routes, log);
        return Task.CompletedTask;
    }

    public async Task Observe(ModelSighting? seen)
    {
        await StartAsync();
        sighting = seen ?? sighting;
        ApplySighting();
        Step();
        await PublishAsync();
        foreach (var copy in copies.Values.Where(c => c.Slot.State == SlotState.Ready && !c.IsParked).ToArray()) _ = MendAsync(copy);
        await WakeAlertsAsync();
    }

    public async Task Route(long[] versions)
    {
        await StartAsync();
        routed = versions;
        await SeeAsync();
        ApplySighting();
        Step();
        await PublishAsync();
    }

    public async Task<SentError?> Load(string? configJson)
    {
        if (await SaveAsync(new ModelGrainState { Requested = true, ConfigJson = configJson, Generation = state.State.Generation + 1 }) is { } unsaved) return unsaved;
        lifecycle.Retry();
        await Observe(await GrainFactory.GetGrain<IRepositoryGrain>(0).Look(Name));
        await RestAsync();
        if (LoadResult.Of(Name, sighting!.Exists, fault, lifecycle) is not { } failed) return null;
        if (failed.Code == ErrorCode.ModelNotFound)
        {
            await SaveAsync(new ModelGrainState { Requested = false, ConfigJson = state.State.ConfigJson, Generation = state.State.Generation });
        }

        return SentError.Of(failed);
    }

    public async Task<SentError?> Unload()
    {
        if (await SaveAsync(new ModelGrainState { Requested = false, Generation = state.State.Generation }) is { } unsaved) return unsaved;
        await SeeAsync();
        await Observe(null);
        await RestAsync();
        return null;
    }

    public async Task<SentError?> Awaken(string version)
    {
        await StartAsync();
        var copy = copies.Values.Where(c => c.Slot.State == SlotState.Ready && c.Version == version).MaxBy(c => c.Slot.Id);
        if (copy is null) return SentError.Of(ServingError.VersionNotFound(Name, version));
        if (copy.Replicas.Count == 0) await copy.FillAsync(SilosAsync);
        await PublishAsync();
        return copy.Replicas.Count > 0 ? null : SentError.Of(ServingError.NotReady(Name, version, "no silo has room for it now"));
    }

    public async Task Dropped(string version, int ordinal, SiloAddress silo)
    {
        await StartAsync();
        var replica = new ReplicaRow(ordinal, silo);
        if (copies.Values.Any(c => c.Version == version && c.Forget(replica))) await PublishAsync();
    }

    public async Task Queued(string version, long requests, TimeSpan waited)
    {
        await StartAsync();
        foreach (var copy in copies.Values.Where(c => c.Version == version && c.Slot.State == SlotState.Ready).ToArray())
            if (copy.Count(requests, waited, clock.GetUtcNow()) && !copy.IsParked) _ = MendAsync(copy);
    }

    /// <summary>
    /// Wakes the grains that may have alerts to post: they went with a silo, and nobody else need ever come for them. Told of every silo that
    /// goes, and now and then, the model is who knows.
    /// </summary>
    private async Task WakeAlertsAsync()
    {
        var told = copies.Values.Where(c => c.Slot.State == SlotState.Ready && c.HasReceivers).Select(c => c.Version).Distinct().ToArray();
        if (told.Length == 0) return;
        await GrainFactory.GetGrain<IQualityGrain>(Name).Wake();
        foreach (var version in told) await GrainFactory.GetGrain<IMonitorGrain>($"{Name}/{version}").Refresh();
    }

    /// <summary>Looks at the repository, where a grain that just started has not been told of it: without, nothing would be wanted.</summary>
    private async Task SeeAsync()
    {
        if (sighting is not null) return;
        var seen = await GrainFactory.GetGrain<IRepositoryGrain>(0).Look(Name);
        sighting ??= seen;
    }

    /// <summary>Keeps what was asked for; null for success. What cannot be kept is not begun.</summary>
    private async Task<SentError?> SaveAsync(ModelGrainState next)
    {
        if (storage.Refusal is { } refused) return SentError.Of(refused);
        var before = state.State;
        try
        {
            if (mayBeStale) await state.ReadStateAsync();
            mayBeStale = false;
            before = state.State;
            state.State = next;
            await state.WriteStateAsync();
            await standing.ConfirmAsync();
            return null;
        }
        catch (Exception e)
        {
            // Whatever the storage throws. It may have been written all the same, and must be read before it can be written again.
            state.State = before;
            mayBeStale = true;
            ClusterLog.Unsaved(log, Name, e.Message);
            return SentError.Of(StorageHealth.Unsaved(Name));
        }
    }

    /// <summary>Once per life: takes over what serves already. A failure is the caller's, and the next caller tries again.</summary>
    private async Task StartAsync()
    {
        var starting = started ??= AdoptAsync();
        try
        {
            await starting;
        }
        catch
        {
            if (started == starting) started = null;
            throw;
        }
    }

    private async Task AdoptAsync()
    {
        routed = await Router.Start();
        StandingRow? standing;
        while ((standing = await Routes.GetRow(Name)) is null) await Task.Delay(TimeSpan.FromMilliseconds(100));
        if (standing.Row is not { } row) return;
        publisher.StartAbove(row.Number);
        foreach (var version in row.Versions)
        {
            var number = long.Parse(version.Description.Version);
            var slot = lifecycle.Adopt(number, version.Fingerprint);
            var copy = copies[slot] = new VersionCopy(slot, Order(number, version.FilesFingerprint, version.Fingerprint), options, ordinals, GrainFactory, log);
            copy.Adopt(version);
        }
    }

    private void ApplySighting()
    {
        if (sighting is null) return;
        if (!IsAskedFor)
        {
            fault = null;
            lifecycle.Observe([], static versions => [.. versions]);
            return;
        }

        // A folder at fault changes nothing: what was loaded from it before serves on, and the fault is shown.
        fault = state.State.ConfigJson is null ? sighting.Fault : null;
        if (fault is not null) return;
        var policy = sighting.ToPolicy();
        lifecycle.Observe([.. sighting.Versions.Select(v => new AvailableVersion(v.Number, Fingerprint(v)))], versions => ModelRouting.Wanted(policy, routed, versions));
    }

    private string Fingerprint(SightedVersion version) => $"{version.Fingerprint}/{sighting!.ConfigFingerprint}/{state.State.Generation}";

    private LoadOrder Order(long version, string filesFingerprint, string fingerprint) => new()
    {
        Model = Name, Version = version, FilesFingerprint = filesFingerprint, Fingerprint = fingerprint, ConfigJson = state.State.ConfigJson,
    };

    /// <summary>Begins what the machine asks for.</summary>
    private void Step()
    {
        if (sighting is null) return;
        while (lifecycle.Next() is { } step)
        {
            if (step.Load) _ = LoadAsync(step.Slot);
            else _ = RetireAsync(copies[step.Slot]);
        }

        if (!lifecycle.IsSettled) return;
        foreach (var waiter in resting) waiter.TrySetResult();
        resting.Clear();
    }

    /// <summary>Waits until nothing is loading or retiring, and silos that live go by it.</summary>
    private async Task RestAsync()
    {
        while (!lifecycle.IsSettled)
        {
            var waiter = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            resting.Add(waiter);
            await waiter.Task;
        }

        await PublishAsync();
        await SettledAsync();
    }

    private async Task LoadAsync(VersionSlot slot)
    {
        var files = sighting!.Versions.First(v => v.Number == slot.Version).Fingerprint;
        var copy = copies[slot] = new VersionCopy(slot, Order(slot.Version, files, slot.Fingerprint), options, ordinals, GrainFactory, log);
        PlacingResult result;
        while ((result = await copy.FillAsync(SilosAsync)).MayFitLater && IsAskedFor) await Task.Delay(TimeSpan.FromMilliseconds(250));
        if (result.Fault is null) lifecycle.Loaded(slot);
        else
        {
            copies.Remove(slot);
            lifecycle.Failed(slot, result.Fault);
        }

        Step();
        await PublishAsync();
    }

    private async Task RetireAsync(VersionCopy copy)
    {
        await UnloadUnroutedAsync(copy, copy.Replicas.ToArray());
        copies.Remove(copy.Slot);
        lifecycle.Dropped(copy.Slot);
        Step();
        await PublishAsync();
    }

    /// <summary>Brings a ready version's replicas to where the silos of now want them.</summary>
    private async Task MendAsync(VersionCopy copy)
    {
        await copy.FillAsync(SilosAsync);
        var surplus = copy.TakeSurplus(await SilosAsync());
        if (surplus.Count > 0) await UnloadUnroutedAsync(copy, surplus);
        else await PublishAsync();
    }

    /// <summary>Unloads replicas once no living silo sends them requests any more.</summary>
    private async Task UnloadUnroutedAsync(VersionCopy copy, IReadOnlyList<ReplicaRow> replicas)
    {
        await PublishAsync();
        while (!await SettledAsync()) ClusterLog.Unsettled(log, Name, copy.Version);
        await Task.WhenAll(replicas.Select(copy.UnloadAsync));
    }

    private async Task<bool> SettledAsync()
    {
        try
        {
            return await Routes.Settle();
        }
        catch (Exception lost) when (ClusterFault.Is(lost))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(200));
            return false;
        }
    }

    /// <summary>The silos, as soon as it is known which there are and one of them holds models.</summary>
    private async Task<SiloReport[]> SilosAsync()
    {
        while (true)
        {
            try
            {
                if (await Routes.GetSilos() is { } silos && silos.Any(s => s is { MemoryBudget: > 0, IsLeaving: false })) return silos;
            }
            catch (Exception lost) when (ClusterFault.Is(lost))
            {
                ClusterLog.RoutesLost(log, lost.Message);
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100));
        }
    }

    private async Task PublishAsync()
    {
        await publisher.PublishAsync();
        await Router.VersionsChanged();
        foreach (var copy in copies.Values.Where(c => c.Slot.State == SlotState.Ready && !c.IsAnnounced).ToArray())
        {
            copy.IsAnnounced = true;
            await GrainFactory.GetGrain<IMonitorGrain>($"{Name}/{copy.Version}").Refresh();
            if (copy.HasReceivers) await GrainFactory.GetGrain<IQualityGrain>(Name).Wake();
        }
    }

    private ModelRow ToRow(long number)
    {
        var exists = sighting is { Exists: true };
        var index = exists || !lifecycle.IsGone ? ModelIndex.Of(Name, lifecycle, fault, exists) : [];
        return new ModelRow
        {
            Model = Name,
            Number = number,
            Index = [.. index.Select(i => new IndexRow(i.Version, i.State, i.Reason))],

            // Of two ready copies of one number, the younger one answers.
            Versions =
            [
                .. copies.Values.Where(c => c.Slot.State == SlotState.Ready)
                    .GroupBy(c => c.Slot.Version, (_, same) => same.MaxBy(c => c.Slot.Id)!).OrderBy(c => c.Slot.Version)
                    .Select(c => new VersionRow
                    {
                        Description = c.Description!, FilesFingerprint = c.Order.FilesFingerprint, Fingerprint = c.Slot.Fingerprint, Replicas = [.. c.Replicas],
                    }),
            ],
        };
    }
}
