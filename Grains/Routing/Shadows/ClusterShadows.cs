using Grains.Hosting;
using Grains.Inference;
using Grains.Requests;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;
using Serving;
using Serving.Inference;
using Serving.Routing.Shadows;

namespace Grains.Routing.Shadows;

/// <summary>
/// Gives shadows copies of the requests that this silo's engine has answered, and compares: a copy in this process runs here, else one
/// elsewhere is asked. Tells the models' grains once a second everything that it has counted.
/// </summary>
/// <remarks>
/// Callers wait for nothing of it. What there is no room for, here or at the silo that is asked, is dropped and counted: also a shadow that
/// was dropped from memory, since copies bring nothing back that callers' models had to make room for.
/// </remarks>
internal sealed class ClusterShadows(ModelHost host, RouteFeed feed, IGrainFactory grains, ILocalSiloDetails silo, TimeProvider clock, ILogger<ClusterShadows> log)
    : SiloChore(TimeSpan.FromSeconds(1), clock)
{
    /// <summary>Copies on their way to other silos at the most.</summary>
    private const int MostSending = 32;

    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(2);
    private static readonly List<ReplicaTry> Untried = [];

    private readonly ShadowThread thread = host.Shadows;
    private readonly ShadowComparisons comparisons = new();
    private readonly Dictionary<string, (long Events, DateTimeOffset At)> told = new(StringComparer.Ordinal);
    private int sending;

    /// <summary>Offers an answered request to the model's shadows. Copies what it takes; returns without waiting for anything.</summary>
    public void Offer(ClusterModel model, IReadOnlyList<Tensor> inputs, InferenceResponse answer)
    {
        foreach (var target in model.Routes.Shadows)
        {
            if (!target.Takes(answer.Version, Randomness.Next())) continue;
            var (comparison, version) = (comparisons.Of(model.Name, target), model.Find(target.Version)!);
            if (version.Local is { } local) thread.Offer(local, comparison, inputs, answer);
            else Send(version, comparison, inputs, answer);
        }
    }

    protected override Task DoAsync() => TellAsync(isLast: false);

    protected override async Task EndAsync(CancellationToken cancellationToken)
    {
        try
        {
            await TellAsync(isLast: true).WaitAsync(StopPatience, cancellationToken);
        }
        catch (Exception late) when (late is TimeoutException or OperationCanceledException)
        {
            ClusterLog.CountsLost(log, "the silo stops before they were taken");
        }
    }

    private void Send(ClusterVersion version, ShadowComparison comparison, IReadOnlyList<Tensor> inputs, InferenceResponse answer)
    {
        var size = ShadowCopy.SizeOf(inputs, answer);
        if (ReplicaChoice.Next(version.Replicas, Untried, Randomness.Next()) is not { Silo.IsEjected: false } replica
            || Volatile.Read(ref sending) >= MostSending || !thread.TryReserve(size))
        {
            lock (comparison) comparison.Dropped();
            return;
        }

        Interlocked.Increment(ref sending);
        _ = SendAsync(replica, version, ShadowCopy.Of(comparison, inputs, answer), size);
    }

    private async Task SendAsync(ReplicaLink replica, ClusterVersion version, ShadowCopy copy, long size)
    {
        var signature = version.Metadata;
        var request = new SentRequest
        {
            Model = signature.Name, Version = signature.Version, Id = "", Inputs = new SentTensors([.. copy.Inputs]),
            Outputs = [.. copy.Answer.Select(o => o.Name)],
        };
        SentAnswer? answer;
        try
        {
            answer = await replica.Grain.Shadow(request).ConfigureAwait(false);
        }
        catch (Exception lost) when (ClusterFault.Is(lost) || lost is OperationCanceledException)
        {
            answer = null;
        }

        Interlocked.Decrement(ref sending);
        if (answer is { IsNotLoaded: true } or { Error.Code: ErrorCode.Overloaded })
        {
            thread.Release(size);
            lock (copy.Comparison) copy.Comparison.Dropped();
            return;
        }

        thread.Post(() => Compare(copy, answer), size);
    }

    /// <summary>A copy that another silo took counts as sent once it is known that it did.</summary>
    private static void Compare(ShadowCopy copy, SentAnswer? answer)
    {
        lock (copy.Comparison)
        {
            copy.Comparison.Sent();
            if (answer is { Error: null }) copy.Compare(answer.Outputs.Tensors, answer.Compute);
            else copy.Comparison.Failed();
        }
    }

    private async Task TellAsync(bool isLast)
    {
        Forget();
        foreach (var model in comparisons.All.GroupBy(one => one.Model, one => one.Comparison, StringComparer.Ordinal))
            await TellAsync(model.Key, model, isLast);
    }

    private async Task TellAsync(string model, IEnumerable<ShadowComparison> all, bool isLast)
    {
        var now = Clock.GetUtcNow();
        var tallies = new List<ShadowTally>();
        var events = 0L;
        foreach (var comparison in all)
        {
            lock (comparison)
            {
                tallies.Add(comparison.Tally());
                events += comparison.Events;
            }
        }

        var before = told.GetValueOrDefault(model);
        if (!isLast && before.Events == events && now - before.At < Heartbeat) return;
        var counts = new SentShadows
        {
            Node = silo.Name, Silo = silo.SiloAddress, Until = now, Tallies = new Blob(ShadowTallyJson.Write(tallies)), IsLast = isLast,
        };
        try
        {
            if (await grains.GetGrain<IShadowGrain>(model).Count(counts)) told[model] = (events, now);
        }
        catch (Exception)
        {
            // Also whatever the storage throws when the grain begins. The next ones say as much.
        }
    }

    /// <summary>Forgets what was counted of versions that are no shadows any more. One that is only not ready is a shadow still.</summary>
    private void Forget()
    {
        var table = feed.Table;
        foreach (var (model, comparison) in comparisons.All)
        {
            if (!table.Models.TryGetValue(model, out var known)) continue;
            if (known.Shadows?.TryGetValue(comparison.Version, out var since) is true && since <= comparison.Since) continue;
            comparisons.Remove(model, comparison);
        }
    }
}
