using System.Collections.Frozen;
using System.Diagnostics;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Serving.Models.Config;
using Serving.Models.Repository;

namespace Serving.Models;

/// <summary>
/// Drives the <see cref="ModelLifecycle"/> of every model in one process: reads the repository, loads and retires what the machines
/// ask for, and swaps the <see cref="ModelTable"/> that requests read. All state is touched by the one reader of one mailbox;
/// scanning and loading happen elsewhere and report back through the mailbox.
/// </summary>
internal sealed class ModelLoop : IAsyncDisposable
{
    private readonly ServingOptions options;
    private readonly VersionLoader loader;
    private readonly RepositoryReader repository;
    private readonly TimeProvider clock;
    private readonly ILogger log;
    private readonly Channel<Action> mailbox = Channel.CreateUnbounded<Action>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Dictionary<string, ModelEntry> entries = new(StringComparer.Ordinal);
    private readonly HashSet<string> requested = new(StringComparer.Ordinal);
    private readonly List<LoadWaiter> waiters = [];
    private readonly List<(ModelEntry Entry, VersionSlot Slot)> retiring = [];
    private readonly SemaphoreSlim loads;
    private readonly TaskCompletionSource firstSettled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ITimer timer;
    private readonly Task running;
    private volatile ModelTable table = ModelTable.Empty;
    private int scans;
    private bool scanning;
    private bool scanAgain;
    private bool observed;
    private bool stopped;

    public ModelLoop(ServingOptions options, VersionLoader loader, RepositoryReader repository, IReadOnlyDictionary<string, ModelRouting> routing, TimeProvider clock, ILogger log)
    {
        this.options = options;
        this.loader = loader;
        this.repository = repository;
        this.clock = clock;
        this.log = log;
        loads = new SemaphoreSlim(options.LoadThreads);
        foreach (var (model, routes) in routing) EntryOf(model).Routing = routes;
        foreach (var model in options.LoadModels) requested.Add(model);
        timer = clock.CreateTimer(_ => Post(BeginScan), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        Post(BeginScan);
        running = Task.Run(RunAsync);
    }

    /// <summary>The models as requests see them. Read once per request.</summary>
    public ModelTable Table => table;

    /// <summary>Ends when every model of the first scan is ready or has failed.</summary>
    public Task FirstSettled => firstSettled.Task;

    public async ValueTask<Outcome<Done>> LoadAsync(ModelLoadRequest request, CancellationToken cancellationToken)
    {
        if (Refusal() is { } refused) return refused;
        if (!ExplicitLoad.Read(request).TryGetValue(out var brought, out var error)) return error;
        return await AskAsync(request.Model, unload: false, entry =>
        {
            requested.Add(request.Model);
            entry.Override = brought;
            entry.Generation++;
            entry.Lifecycle.Retry();
        }, cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask<Outcome<Done>> UnloadAsync(string model, CancellationToken cancellationToken)
    {
        if (Refusal() is { } refused) return refused;
        return await AskAsync(model, unload: true, entry =>
        {
            requested.Remove(model);
            requested.Remove("*");
            entry.Override = null;
        }, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Divides a model's traffic anew; ends when requests see it. Versions that are named stay, or become, loaded.</summary>
    public async Task RouteAsync(string model, ModelRouting routing)
    {
        var published = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var posted = Post(() =>
        {
            var entry = EntryOf(model);
            entry.Routing = routing;
            if (entry.Config is not null) ObserveModel(entry, entry.Folder);
            Settle(entry);
            published.SetResult();
        });
        if (posted) await published.Task.ConfigureAwait(false);
    }

    /// <summary>Takes no more requests, lets those it has end within the drain time, then drops every session.</summary>
    public async ValueTask DisposeAsync()
    {
        await timer.DisposeAsync().ConfigureAwait(false);
        Post(() => stopped = true);
        mailbox.Writer.TryComplete();
        await running.ConfigureAwait(false);
        var served = entries.Values.SelectMany(e => e.Served.Values).ToArray();
        foreach (var version in served) version.Loop.Close();
        var drained = Task.WhenAll(served.Select(version => version.Loop.Drained));
        try
        {
            await drained.WaitAsync(options.DrainTimeout, clock).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            foreach (var version in served) version.Loop.Session.Terminate();
            await drained.ConfigureAwait(false);
        }

        foreach (var version in served) version.Dispose();
        foreach (var waiter in waiters) waiter.Completion.TrySetResult(new ServingError(ErrorCode.ModelNotReady, "the server is stopping"));
    }

    private ServingError? Refusal() => options.ControlMode == ControlMode.Explicit
        ? null
        : new ServingError(ErrorCode.ModelNotReady,
            "explicit model load / unload is not allowed in this mode; start with --model-control-mode explicit");

    private async Task<Outcome<Done>> AskAsync(string model, bool unload, Action<ModelEntry> change, CancellationToken cancellationToken)
    {
        LoadWaiter? waiter = null;
        var registered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var posted = Post(() =>
        {
            change(EntryOf(model));
            waiter = new LoadWaiter(model, unload, scans + 1);
            waiters.Add(waiter);
            BeginScan();
            registered.SetResult();
        });
        if (!posted) return new ServingError(ErrorCode.ModelNotReady, "the server is stopping");
        await registered.Task.ConfigureAwait(false);
        return await waiter!.Completion.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    private bool Post(Action action) => mailbox.Writer.TryWrite(action);

    private async Task RunAsync()
    {
        await foreach (var action in mailbox.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            if (!stopped) action();
        }
    }

    private ModelEntry EntryOf(string model)
    {
        if (!entries.TryGetValue(model, out var entry)) entries[model] = entry = new ModelEntry(model);
        return entry;
    }

    private void BeginScan()
    {
        if (scanning)
        {
            scanAgain = true;
            return;
        }

        scanning = true;
        scans++;
        var roots = entries.Values.Select(e => e.Override?.Root).OfType<string>().ToArray();
        _ = Task.Run(() =>
        {
            try
            {
                var view = repository.Read(roots);
                Post(() => Observe(view));
            }
            catch (Exception e)
            {
                ModelLog.ScanFailed(log, e);
                Post(EndScan);
            }
        });
    }

    private void Observe(RepositoryView view)
    {
        foreach (var fault in view.Faults) ModelLog.Unreadable(log, fault);
        if (requested.Contains("*")) requested.UnionWith(view.Models.Keys);

        // At the start the largest first: it takes longest, and the others are loaded beside it.
        var names = view.Models.Keys.Union(entries.Keys).ToList();
        if (!observed) names.Sort((one, other) => SizeOf(view.Models.GetValueOrDefault(other)).CompareTo(SizeOf(view.Models.GetValueOrDefault(one))));
        foreach (var name in names)
        {
            var entry = EntryOf(name);
            view.Models.TryGetValue(name, out var folder);
            ObserveModel(entry, folder);
            Step(entry);
        }

        observed = true;
        Publish();
        EndScan();
        timer.Change(options.ControlMode != ControlMode.Poll ? Timeout.InfiniteTimeSpan
            : view.IsChanging ? options.PollInterval / 8 : options.PollInterval / 2, Timeout.InfiniteTimeSpan);
    }

    private static long SizeOf(ModelFolder? folder)
    {
        var size = 0L;
        foreach (var version in folder?.Versions ?? [])
            foreach (var file in version.Files) size += file.Length;
        return size;
    }

    private void EndScan()
    {
        scanning = false;
        if (scanAgain)
        {
            scanAgain = false;
            BeginScan();
        }
        else if (!observed)
        {
            timer.Change(options.PollInterval, Timeout.InfiniteTimeSpan);
        }

        AnswerWaiters();
    }

    private void ObserveModel(ModelEntry entry, ModelFolder? folder)
    {
        if (folder is null || options.ControlMode == ControlMode.Explicit && !requested.Contains(entry.Name))
        {
            entry.Folder = folder;
            entry.Fault = null;
            entry.Lifecycle.Observe([], static versions => [.. versions]);
            return;
        }

        // A folder at fault changes nothing: what was loaded from it before serves on, and the fault is shown.
        var config = entry.Override?.Config ?? folder.Config;
        var fault = folder.Faults.Count > 0 && entry.Override is null ? string.Join("; ", folder.Faults) : null;
        if (fault is not null && fault != entry.Fault) ModelLog.Faulty(log, entry.Name, fault);
        entry.Fault = fault;
        if (fault is not null || config is null) return;
        entry.Folder = folder;
        entry.Config = config;
        entry.Lifecycle.Observe(
            [.. folder.Versions.Select(v => new AvailableVersion(v.Number, $"{v.Fingerprint ?? v.Fault}/{folder.ConfigFingerprint}/{entry.Generation}"))],
            versions => ModelRouting.Wanted(config.VersionPolicy, entry.Routing.Versions, versions));
    }

    /// <summary>Carries out what the model's machine asks for.</summary>
    private void Step(ModelEntry entry)
    {
        entry.Published = null;
        while (entry.Lifecycle.Next() is { } step)
        {
            if (step.Load) _ = LoadAsync(entry, step.Slot, entry.Config!, entry.Folder!);
            else retiring.Add((entry, step.Slot));
        }
    }

    private async Task LoadAsync(ModelEntry entry, VersionSlot slot, ModelConfig config, ModelFolder folder)
    {
        await loads.WaitAsync().ConfigureAwait(false);
        ModelLog.Loading(log, entry.Name, slot.Version);
        var started = clock.GetTimestamp();
        var outcome = await Task.Factory.StartNew(
            () => Load(slot, config, folder), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).ConfigureAwait(false);
        loads.Release();
        if (!Post(() => OnLoaded(entry, slot, outcome, clock.GetElapsedTime(started))) && outcome.IsSuccess) outcome.Value.Dispose();
    }

    private Outcome<ServedVersion> Load(VersionSlot slot, ModelConfig config, ModelFolder folder)
    {
        try
        {
            var version = folder.Versions.First(v => v.Number == slot.Version);
            return version.ModelPath is { } file
                ? loader.Load(config, folder.Path, slot.Version, file)
                : new ServingError(ErrorCode.ModelNotReady, version.Fault ?? "it has no model file");
        }
        catch (Exception e)
        {
            return new ServingError(ErrorCode.ModelNotReady, e.Message);
        }
    }

    private void OnLoaded(ModelEntry entry, VersionSlot slot, Outcome<ServedVersion> outcome, TimeSpan took)
    {
        if (outcome.TryGetValue(out var version, out var error))
        {
            entry.Served[slot] = version;
            entry.Lifecycle.Loaded(slot);
            ModelLog.Ready(log, entry.Name, slot.Version, (long)took.TotalMilliseconds, version.MemoryBytes / 1024);
        }
        else
        {
            entry.Lifecycle.Failed(slot, error.Message);
            ModelLog.Failed(log, entry.Name, slot.Version, error.Message);
        }

        Settle(entry);
    }

    private async Task RetireAsync(ModelEntry entry, VersionSlot slot)
    {
        var version = entry.Served[slot];
        await version.RetireAsync().ConfigureAwait(false);
        Post(() =>
        {
            entry.Served.Remove(slot);
            entry.Lifecycle.Dropped(slot);
            ModelLog.Retired(log, entry.Name, slot.Version);
            Settle(entry);
        });
    }

    private void Settle(ModelEntry entry)
    {
        Step(entry);
        Publish();
        AnswerWaiters();
    }

    private void Publish()
    {
        foreach (var gone in entries.Values.Where(e => e.Lifecycle.IsGone && e.Folder is null && e.Fault is null && !requested.Contains(e.Name)).ToArray())
            entries.Remove(gone.Name);
        foreach (var entry in entries.Values) entry.Published ??= entry.Publish();
        var settled = observed && entries.Values.All(e => !e.Lifecycle.Slots.Any(s => s.State == SlotState.Loading));
        table = new ModelTable(entries.Values.ToFrozenDictionary(e => e.Name, e => e.Published!, StringComparer.Ordinal), settled || table.AllReady);
        if (settled) firstSettled.TrySetResult();

        // Only now: no request that reads the table from here on finds a queue that is closed.
        foreach (var (entry, slot) in retiring) _ = RetireAsync(entry, slot);
        retiring.Clear();
    }

    private void AnswerWaiters()
    {
        if (scanning) return;
        for (var i = waiters.Count - 1; i >= 0; i--)
        {
            var waiter = waiters[i];
            if (waiter.Scan > scans) continue;
            entries.TryGetValue(waiter.Model, out var entry);
            if (entry is not null && !entry.Lifecycle.IsSettled) continue;
            waiters.RemoveAt(i);
            waiter.Completion.TrySetResult(waiter.Unload ? default(Done) : Result(waiter.Model, entry));
        }
    }

    /// <summary>How an explicit load ended. A model that is not in the repository is forgotten again.</summary>
    private Outcome<Done> Result(string model, ModelEntry? entry)
    {
        var error = LoadResult.Of(model, entry?.Folder is not null, entry?.Fault, entry?.Lifecycle ?? new ModelLifecycle());
        if (error?.Code == ErrorCode.ModelNotFound) requested.Remove(model);
        return error is null ? default(Done) : error;
    }
}
