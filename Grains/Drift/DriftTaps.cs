using System.Globalization;
using Grains.Drift.Quality;
using Grains.Hosting;
using Grains.Routing;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;
using Serving.Drift.Baselines;
using Serving.Drift.Observing;
using Serving.Models;

namespace Grains.Drift;

/// <summary>
/// Observes, in this silo, every version that runs here and is watched: counts observations against the version's baseline and sends whole
/// shares of panes to its monitor, once a second and when asked. What the monitor has not confirmed is sent again. Answers that feedback may
/// be about are handed to <see cref="AnswerPost"/>, of every version that runs here, watched or not.
/// </summary>
/// <remarks>Requests never wake it: it looks into the queue at each beat, and before each flush.</remarks>
internal sealed class DriftTaps(
    ModelHost host, RouteFeed feed, ObservationQueue queue, AnswerPost answers, IGrainFactory grains, ILocalSiloDetails silo, TimeProvider clock, ILogger<DriftTaps> log)
    : ILifecycleParticipant<ISiloLifecycle>
{
    private const int BeatsToFlush = 10;

    /// <summary>Flushes of what a version left behind, before it is given up.</summary>
    private const int MostFailures = 30;

    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan PreparePatience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(5);

    private readonly Lock gate = new();
    private readonly Dictionary<(string Model, string Version), TappedVersion> tapped = [];
    private readonly Dictionary<ObservationLayout, TappedVersion> observed = [];
    private readonly Dictionary<(string Model, string Version), Task> attaching = [];
    private readonly List<TappedVersion> ending = [];
    private readonly CancellationTokenSource stopping = new();
    private Task running = Task.CompletedTask;
    private long lastIncarnation;

    public void Participate(ISiloLifecycle lifecycle) =>
        lifecycle.Subscribe(nameof(DriftTaps), ServiceLifecycleStage.Active, StartAsync, StopAsync);

    /// <summary>What this silo could not count, by observed version.</summary>
    public IReadOnlyList<DriftNumbers> Numbers()
    {
        lock (gate) return [.. tapped.Values.Select(one => new DriftNumbers(one.Model, one.Version, one.Dropped, Windows: null, Accuracy: null))];
    }

    /// <summary>Sends what was counted of a version so far; done once it is taken.</summary>
    public Task FlushAsync(string model, string version)
    {
        TappedVersion? one;
        lock (gate) one = tapped.GetValueOrDefault((model, version));
        return one is null ? Task.CompletedTask : FlushAsync(one, wait: true);
    }

    /// <summary>Sends what a model's versions answered so far; done once it is taken.</summary>
    public Task FlushAnswersAsync(string model)
    {
        lock (gate) Settle();
        return answers.FlushAsync(model);
    }

    /// <summary>A version was just loaded: observes it before requests are sent to it, if it is to be observed.</summary>
    public async Task PrepareAsync(string model, string version)
    {
        Attach();
        Task? task;
        lock (gate) task = attaching.GetValueOrDefault((model, version));
        if (task is not null) await Task.WhenAny(task, Task.Delay(PreparePatience));
    }

    private Task StartAsync(CancellationToken cancellationToken)
    {
        running = Task.Run(RunAsync, cancellationToken);
        return Task.CompletedTask;
    }

    private async Task StopAsync(CancellationToken cancellationToken)
    {
        await stopping.CancelAsync();
        await running;
        if (cancellationToken.IsCancellationRequested) return;
        lock (gate)
        {
            Settle();
            foreach (var one in tapped.Values.ToArray()) End(one);
        }

        try
        {
            await Task.WhenAll([answers.EndAsync(), .. ending.ToArray().Select(one => FlushAsync(one, wait: true))]).WaitAsync(StopPatience, cancellationToken);
        }
        catch (Exception late) when (late is TimeoutException or OperationCanceledException)
        {
            ClusterLog.CountsLost(log, "the silo stops before they were taken");
        }
    }

    private async Task RunAsync()
    {
        using var ticks = new PeriodicTimer(Beat);
        var beats = 0;
        try
        {
            while (await ticks.WaitForNextTickAsync(stopping.Token))
            {
                Attach();
                lock (gate) Settle();
                if (++beats % BeatsToFlush == 0) FlushAll();
            }
        }
        catch (OperationCanceledException)
        {
            // Told to stop.
        }
    }

    /// <summary>Begins to observe what the routes say is to be observed here, and ends what is not any more.</summary>
    private void Attach()
    {
        var table = feed.Table;
        var wanted = new Dictionary<(string, string), (WatchRow Row, ServedVersion Served, string Fingerprint)>();
        foreach (var row in table.Watches)
        {
            // What is loaded here, whether or not requests are sent to it yet.
            if (table.Models.GetValueOrDefault(row.Model)?.Find(row.Version) is { } version
                && host.Find(row.Model, long.Parse(row.Version, CultureInfo.InvariantCulture), version.Row.Fingerprint) is { } served)
                wanted[(row.Model, row.Version)] = (row, served, version.Row.Fingerprint);
        }

        lock (gate)
        {
            foreach (var (key, one) in tapped.ToArray())
            {
                if (wanted.TryGetValue(key, out var still) && still.Served == one.Served && still.Row.Number <= one.Number) continue;
                Settle();
                End(one);
            }

            foreach (var (key, (row, served, fingerprint)) in wanted)
                if (!tapped.ContainsKey(key) && !attaching.ContainsKey(key)) attaching[key] = AttachAsync(key, row, served, fingerprint);
        }
    }

    private async Task AttachAsync((string Model, string Version) key, WatchRow row, ServedVersion served, string fingerprint)
    {
        await Task.Yield();
        try
        {
            var watch = await grains.GetGrain<IMonitorGrain>($"{key.Model}/{key.Version}").GetWatch();
            if (watch.Number < row.Number || Make(watch, served, fingerprint) is not { } one) return;
            lock (gate)
            {
                one.Tap = new ObservationTap(one.Layout, served.Drift.Settings.Sampling, queue, clock);
                tapped[key] = one;
                observed[one.Layout] = one;
                served.Tap = one.Tap;
            }

            await FlushAsync(one, wait: true);
        }
        catch (Exception lost) when (ClusterFault.Is(lost))
        {
            // With the next beat again.
        }
        finally
        {
            lock (gate) attaching.Remove(key);
        }
    }

    private TappedVersion? Make(SentWatch watch, ServedVersion served, string fingerprint)
    {
        var (metadata, setup) = (served.Metadata, served.Drift);
        var incarnation = lastIncarnation = Math.Max(lastIncarnation + 1, clock.GetUtcNow().UtcTicks);
        if (watch.IsLearning)
            return new TappedVersion(served, fingerprint, watch.Number, null, new ObservationLayout(metadata, setup.Catalog, setup.Quality?.Judged), incarnation);
        if (watch.Baseline is null || !BaselineDocument.Read(watch.Baseline.Bytes).TryGetValue(out var baseline, out _)
            || !FeatureMatch.Match(baseline, setup.Catalog).TryGetValue(out var sources, out _)) return null;
        var tally = new VersionTally(metadata, sources, setup.Quality?.Judged, baseline, setup.Settings.Options.Panes, silo.Name, incarnation);
        return new TappedVersion(served, fingerprint, watch.Number, tally, tally.Layout, incarnation);
    }

    /// <summary>Observes a version no more; what is left of it is sent until it is taken.</summary>
    private void End(TappedVersion one)
    {
        if (one.Served.Tap == one.Tap) one.Served.Tap = one.Served.Drift.AnswerTap(one.Served.Metadata, queue, clock);
        observed.Remove(one.Layout);
        tapped.Remove((one.Model, one.Version));
        one.IsEnding = true;
        ending.Add(one);
    }

    private void Settle()
    {
        for (var i = 0; i < ObservationQueue.MaxWaiting && queue.TryTake(out var observation); i++)
        {
            // Taken for a baseline that is no longer in force it is of no use, but for its answers.
            if (observed.TryGetValue(observation.Tap.Layout, out var one)) one.Add(observation);
            if (observation.Tap.Layout.Judged is not null) answers.Take(observation);
        }
    }

    private void FlushAll()
    {
        TappedVersion[] all;
        lock (gate) all = [.. tapped.Values, .. ending];
        foreach (var one in all) _ = FlushAsync(one, wait: false);
        answers.FlushAll();
    }

    private async Task FlushAsync(TappedVersion one, bool wait)
    {
        if (wait) await one.Sending.WaitAsync();
        else if (!one.Sending.Wait(0)) return;
        try
        {
            await SendAsync(one);
        }
        catch (Exception lost) when (ClusterFault.Is(lost))
        {
            lock (gate)
            {
                one.Unsend();
                if (!one.IsEnding || ++one.Failures < MostFailures) return;
                ending.Remove(one);
                ClusterLog.CountsLost(log, lost.Message);
            }
        }
        finally
        {
            one.Sending.Release();
        }
    }

    private async Task SendAsync(TappedVersion one)
    {
        SentCounts? counts;
        int whole;
        var now = clock.GetUtcNow();
        lock (gate)
        {
            Settle();
            counts = one.Take(silo, now, heartbeat: now - one.SentAt >= Heartbeat, out whole);
        }

        if (counts is null) return;
        one.SentAt = now;
        if (!await grains.GetGrain<IMonitorGrain>($"{one.Model}/{one.Version}").Count(counts))
        {
            lock (gate) one.Unsend();
            return;
        }

        lock (gate)
        {
            one.Forget(whole);
            if (counts.IsLast) ending.Remove(one);
        }
    }
}
