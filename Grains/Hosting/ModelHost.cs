using System.Diagnostics;
using Grains.Replicas;
using Microsoft.Extensions.Logging;
using Serving;
using Serving.Models;
using Serving.Sessions;
using Serving.Telemetry;

namespace Grains.Hosting;

/// <summary>
/// Owns every loaded version of one silo: sessions, queues and session threads, which outlive the grains that stand for them. A
/// version that two replicas hold is loaded once; loads of one version are one.
/// </summary>
internal sealed class ModelHost : IAsyncDisposable
{
    private readonly Lock gate = new();
    private readonly Dictionary<(string Model, string Fingerprint, long Version), HostedCopy> copies = [];
    private readonly SiloRepository repository;
    private readonly SessionThreads threads;
    private readonly VersionLoader loader;
    private readonly SemaphoreSlim loads;
    private readonly TimeProvider clock;
    private readonly ILogger log;

    public ModelHost(SiloServingOptions options, ILoggerFactory loggers, ServingInstruments instruments, TimeProvider clock)
    {
        this.clock = clock;
        log = loggers.CreateLogger("Serving");
        var runtime = OnnxRuntime.Load(options.Serving.OnnxRuntimeLibrary, loggers.CreateLogger("OnnxRuntime"));
        threads = new SessionThreads(options.Serving.SessionThreads);
        loader = new VersionLoader(runtime, threads, instruments, clock, log);
        repository = new SiloRepository(options.Serving.ModelRepositories);
        loads = new SemaphoreSlim(options.Serving.LoadThreads);
    }

    /// <summary>Bytes that loaded versions take.</summary>
    public long MemoryUsed
    {
        get
        {
            lock (gate) return copies.Values.Sum(c => c.Served?.MemoryBytes ?? 0);
        }
    }

    /// <summary>A loaded copy, or null.</summary>
    public ServedVersion? Find(string model, long version, string fingerprint)
    {
        lock (gate) return copies.GetValueOrDefault((model, fingerprint, version))?.Served;
    }

    /// <summary>Takes hold of a version, loading it if nobody holds it yet. Every success is to be released once.</summary>
    public async Task<Outcome<HostedCopy>> HoldAsync(LoadOrder order)
    {
        HostedCopy? copy;
        bool first;
        lock (gate)
        {
            var key = (order.Model, order.Fingerprint, order.Version);
            first = !copies.TryGetValue(key, out copy);
            if (first) copies[key] = copy = new HostedCopy(order.Model, order.Version, order.Fingerprint);
            copy!.Holders++;
        }

        if (first) _ = LoadAsync(copy, order);
        var error = await copy.Loaded.Task.ConfigureAwait(false);
        return error is null ? copy : error;
    }

    /// <summary>Lets go of a copy; the last to do so ends it once its queue is empty.</summary>
    public async Task ReleaseAsync(HostedCopy copy)
    {
        lock (gate)
        {
            if (--copy.Holders > 0) return;
            copies.Remove((copy.Model, copy.Fingerprint, copy.Version));
        }

        await copy.Served!.RetireAsync().ConfigureAwait(false);
        ModelLog.Retired(log, copy.Model, copy.Version);
    }

    /// <summary>Lets what is queued run, then drops every session.</summary>
    public async ValueTask DisposeAsync()
    {
        HostedCopy[] left;
        lock (gate)
        {
            left = [.. copies.Values];
            copies.Clear();
        }

        await Task.WhenAll(left.Where(c => c.Served is not null).Select(c => c.Served!.RetireAsync())).ConfigureAwait(false);
        threads.Dispose();
    }

    private async Task LoadAsync(HostedCopy copy, LoadOrder order)
    {
        await loads.WaitAsync().ConfigureAwait(false);
        ModelLog.Loading(log, copy.Model, copy.Version);
        var started = clock.GetTimestamp();
        var outcome = await Task.Factory.StartNew(
            () => Load(order), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).ConfigureAwait(false);
        loads.Release();
        if (outcome.TryGetValue(out var served, out var error))
        {
            lock (gate) copy.Served = served;
            ModelLog.Ready(log, copy.Model, copy.Version, (long)clock.GetElapsedTime(started).TotalMilliseconds, served.MemoryBytes / 1024);
        }
        else
        {
            lock (gate) copies.Remove((copy.Model, copy.Fingerprint, copy.Version));
            ModelLog.Failed(log, copy.Model, copy.Version, error.Message);
        }

        copy.Loaded.SetResult(error);
    }

    private Outcome<ServedVersion> Load(LoadOrder order)
    {
        try
        {
            return repository.Find(order).TryGetValue(out var found, out var error)
                ? loader.Load(found.Config, found.Folder, order.Version, found.ModelFile)
                : error;
        }
        catch (Exception e)
        {
            return new ServingError(ErrorCode.ModelNotReady, e.Message);
        }
    }
}
