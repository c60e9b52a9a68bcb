using Grains.Replicas;
using Microsoft.Extensions.Logging;
using Serving;
using Serving.Drift.Observing;
using Serving.Models;
using Serving.Sessions;
using Serving.Telemetry;

namespace Grains.Hosting;

/// <summary>
/// Owns every loaded version of one silo: sessions, queues and session threads, which outlive the grains that stand for them. Drives
/// <see cref="MemoryBudget"/>. A version that two replicas hold is loaded once; loads of one version are one.
/// </summary>
internal sealed class ModelHost : IAsyncDisposable
{
    private readonly Lock gate = new();
    private readonly Dictionary<(string Model, string Fingerprint, long Version), HostedCopy> copies = [];
    private readonly SiloRepository repository;
    private readonly SessionThreads threads;
    private readonly VersionLoader loader;
    private readonly SemaphoreSlim loads;
    private readonly long budget;
    private readonly TimeProvider clock;
    private readonly ILogger log;

    public ModelHost(SiloServingOptions options, ILoggerFactory loggers, ServingInstruments instruments, ObservationQueue observations, TimeProvider clock, SessionWrapper? around = null)
    {
        this.clock = clock;
        log = loggers.CreateLogger("Serving");
        budget = options.MemoryBudget;
        var runtime = OnnxRuntime.Load(options.Serving.OnnxRuntimeLibrary, loggers.CreateLogger("OnnxRuntime"));
        threads = new SessionThreads(options.Serving.SessionThreads);
        Shadows = new ShadowThread(threads, clock);
        loader = new VersionLoader(runtime, options.Serving, threads, instruments, clock, log, observations, around);
        repository = new SiloRepository(options.Serving.ModelRepositories);
        loads = new SemaphoreSlim(options.Serving.LoadThreads);
    }

    /// <summary>Called for each replica whose version was dropped to make room.</summary>
    public Action<ReplicaKey>? OnDropped { get; set; }

    /// <summary>Where shadows run.</summary>
    public ShadowThread Shadows { get; }

    /// <summary>The silo is about to stop: nothing new is loaded.</summary>
    public bool IsLeaving { get; set; }

    /// <summary>Versions loaded so far.</summary>
    public long Loads { get; private set; }

    /// <summary>Versions dropped so far to make room for others.</summary>
    public long Evictions { get; private set; }

    /// <summary>Bytes that versions take that are loaded or on their way.</summary>
    public long MemoryUsed
    {
        get
        {
            lock (gate) return copies.Values.Sum(c => c.Bytes);
        }
    }

    /// <summary>A loaded copy, or null.</summary>
    public ServedVersion? Find(string model, long version, string fingerprint)
    {
        lock (gate) return copies.GetValueOrDefault((model, fingerprint, version))?.Served;
    }

    /// <summary>What a replica holds, loaded or on its way; null for nothing.</summary>
    public HostedCopy? HeldBy(ReplicaKey holder)
    {
        lock (gate) return copies.Values.FirstOrDefault(c => c.Holders.Contains(holder));
    }

    /// <summary>Every loaded version.</summary>
    public IReadOnlyList<ServedVersion> Served()
    {
        lock (gate) return [.. copies.Values.Select(c => c.Served).OfType<ServedVersion>()];
    }

    /// <summary>The replicas that hold a loaded version, and which copy of it.</summary>
    public IReadOnlyList<(ReplicaKey Replica, string Fingerprint)> Holders()
    {
        lock (gate) return [.. copies.Values.Where(c => c.Served is not null).SelectMany(c => c.Holders.Select(h => (h, c.Fingerprint)))];
    }

    /// <summary>Takes hold of a version, loading it if nobody holds it yet.</summary>
    /// <param name="order">What to load.</param>
    /// <param name="holder">For whom; it lets go by <see cref="ReleaseAsync"/>.</param>
    /// <param name="mayEvict">Idle versions may be dropped to make room.</param>
    public async Task<(HostedCopy? Copy, HoldFailure? Failure)> HoldAsync(LoadOrder order, ReplicaKey holder, bool mayEvict)
    {
        HostedCopy? copy;
        bool isFirst;
        lock (gate)
        {
            if (IsLeaving || budget == 0) return (null, new HoldFailure(LoadEnd.Full, "the silo takes no models"));
            var key = (order.Model, order.Fingerprint, order.Version);
            isFirst = !copies.TryGetValue(key, out copy);
            if (isFirst) copies[key] = copy = new HostedCopy(order.Model, order.Version, order.Fingerprint);
            copy!.Holders.Add(holder);
        }

        if (isFirst) _ = LoadAsync(copy, order, mayEvict);
        var failure = await copy.Loaded.Task.ConfigureAwait(false);
        return failure is null ? (copy, null) : (null, failure);
    }

    /// <summary>Lets go of a copy; the last to do so ends it once its queue is empty.</summary>
    public async Task ReleaseAsync(HostedCopy copy, ReplicaKey holder)
    {
        lock (gate)
        {
            if (!copy.Holders.Remove(holder) || copy.Holders.Count > 0 || copy.IsGone) return;
            copy.IsGone = true;
            copies.Remove((copy.Model, copy.Fingerprint, copy.Version));
        }

        await EndAsync(copy).ConfigureAwait(false);
    }

    /// <summary>Lets what is queued run, then drops every session.</summary>
    public async ValueTask DisposeAsync()
    {
        Shadows.Dispose();
        HostedCopy[] left;
        lock (gate)
        {
            left = [.. copies.Values];
            copies.Clear();
        }

        await Task.WhenAll(left.Where(c => c.Served is not null).Select(c => c.Served!.RetireAsync())).ConfigureAwait(false);
        threads.Dispose();
        loader.Dispose();
    }

    private async Task EndAsync(HostedCopy copy)
    {
        await copy.Served!.RetireAsync().ConfigureAwait(false);
        ModelLog.Retired(log, copy.Model, copy.Version);
    }

    private async Task LoadAsync(HostedCopy copy, LoadOrder order, bool mayEvict)
    {
        await loads.WaitAsync().ConfigureAwait(false);
        HoldFailure? failure;
        try
        {
            failure = await OnThread(() => repository.Find(order)).ConfigureAwait(false) is var found && found.TryGetValue(out var version, out var error)
                ? await LoadAsync(copy, version, mayEvict).ConfigureAwait(false)
                : new HoldFailure(LoadEnd.Failed, error.Message);
        }
        catch (Exception e)
        {
            failure = new HoldFailure(LoadEnd.Failed, e.Message);
        }
        finally
        {
            loads.Release();
        }

        if (failure is not null)
        {
            lock (gate) copies.Remove((copy.Model, copy.Fingerprint, copy.Version));
            if (failure.End == LoadEnd.Failed) ModelLog.Failed(log, copy.Model, copy.Version, failure.Reason);
        }

        copy.Loaded.SetResult(failure);
    }

    private async Task<HoldFailure?> LoadAsync(HostedCopy copy, FoundVersion found, bool mayEvict)
    {
        var expected = MemoryBudget.Estimate(found.Bytes);
        if (expected > budget)
            return new HoldFailure(LoadEnd.TooLarge, $"it takes about {expected >> 20} MB, and a silo's models may take {budget >> 20} MB");
        if (!await MakeRoomAsync(copy, expected, mayEvict).ConfigureAwait(false)) return new HoldFailure(LoadEnd.Full, "the silo has no room for it");
        ModelLog.Loading(log, copy.Model, copy.Version);
        var started = clock.GetTimestamp();
        var outcome = await OnThread(() => loader.Load(found.Config, found.Folder, copy.Version, found.ModelFile)).ConfigureAwait(false);
        if (!outcome.TryGetValue(out var served, out var error)) return new HoldFailure(LoadEnd.Failed, error.Message);
        lock (gate)
        {
            copy.Bytes = served.MemoryBytes = MemoryBudget.Account(found.Bytes, served.MemoryBytes);
            copy.Served = served;
            Loads++;
        }

        ModelLog.Ready(log, copy.Model, copy.Version, (long)clock.GetElapsedTime(started).TotalMilliseconds, served.MemoryBytes / 1024);
        return null;
    }

    /// <summary>Reserves what a copy is expected to take; false when that is not to be had.</summary>
    private async Task<bool> MakeRoomAsync(HostedCopy copy, long bytes, bool mayEvict)
    {
        IReadOnlyList<HostedCopy>? victims;
        lock (gate)
        {
            victims = MemoryBudget.Victims(budget, bytes, [.. copies.Values.Select(c => (c, c.Bytes, IdleTime(c)))]);
            if (victims is null || victims.Count > 0 && !mayEvict) return false;
            copy.Bytes = bytes;
            foreach (var victim in victims)
            {
                victim.IsGone = true;
                Evictions++;
                copies.Remove((victim.Model, victim.Fingerprint, victim.Version));
            }
        }

        foreach (var victim in victims)
        {
            await EndAsync(victim).ConfigureAwait(false);
            foreach (var holder in victim.Holders) OnDropped?.Invoke(holder);
        }

        return true;
    }

    private TimeSpan? IdleTime(HostedCopy copy) =>
        copy.Served is { } served && served.Loop.IsIdle ? clock.GetElapsedTime(served.Loop.LastArrival) : null;

    /// <summary>On a thread of its own: reading and loading block for long.</summary>
    private static Task<T> OnThread<T>(Func<T> work) =>
        Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
