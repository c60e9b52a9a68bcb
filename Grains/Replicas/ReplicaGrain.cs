using Grains.Drift;
using Grains.Hosting;
using Grains.Inference;
using Grains.Models;
using Orleans.GrainDirectory;
using Orleans.Placement;
using Orleans.Runtime;
using Serving;
using Serving.Models;

namespace Grains.Replicas;

/// <summary>
/// A name for one copy on this silo's model host. It holds nothing of its own, so that losing the activation costs nothing but another
/// look-up: the next one asks the host what is held in its name. It lives from its load to its unload.
/// </summary>
[ReplicaPlacement, GrainDirectory(StorageNames.ReplicaDirectory), KeepAlive, Immovable]
internal sealed class ReplicaGrain(ModelHost host, DriftTaps taps, WebhookSender webhooks, ILocalSiloDetails silo, TimeProvider clock) : Grain, IModelReplica
{
    private HostedCopy? copy;
    private bool loading;

    public Task<SentAnswer> Infer(SentRequest request, CancellationToken cancellationToken) => Held() is { } served
        ? ReplicaRun.InferAsync(served, request, clock, cancellationToken).AsTask()
        : Task.FromResult(SentAnswer.NotLoaded);

    public Task<SentAnswer> Shadow(SentRequest request) => Held() is { } served
        ? ReplicaRun.ShadowAsync(served, request, host.Shadows)
        : Task.FromResult(SentAnswer.NotLoaded);

    public ValueTask<SentAnswers> InferTogether(SentRequests requests) => ReplicaRun.InferAsync(Held(), requests, clock);

    public async Task<LoadReport> Load(LoadOrder order, bool mayEvict)
    {
        if (!Key().Silo.Equals(silo.SiloAddress)) return new LoadReport { Silo = silo.SiloAddress, End = LoadEnd.Full, Reason = "the silo is gone" };
        if (Find() is { } held && (held.IsGone || held.Fingerprint != order.Fingerprint)) await LetGoAsync(held);
        if (copy is not { Served: not null })
        {
            loading = true;
            var (loaded, failure) = await host.HoldAsync(order, Key(), mayEvict);
            loading = false;
            if (failure is not null)
            {
                DeactivateOnIdle();
                return new LoadReport { Silo = silo.SiloAddress, End = failure.End, Reason = failure.Reason };
            }

            copy = loaded;
            await taps.PrepareAsync(order.Model, copy!.Served!.Metadata.Version);
        }

        var served = copy!.Served!;
        return new LoadReport
        {
            Silo = silo.SiloAddress,
            End = LoadEnd.Loaded,
            Description = SentDescription.Of(served.Metadata, served.ConfigJson, served.AutomaticRollout, served.Replicas, served.MemoryBytes),
        };
    }

    public async Task Unload()
    {
        DeactivateOnIdle();
        if (Find() is { } held) await LetGoAsync(held);
    }

    public Task<SiloAddress> Where()
    {
        Held();
        return Task.FromResult(silo.SiloAddress);
    }

    public Task FlushCounts() => taps.FlushAsync(Key().Model, Key().Version);

    public Task FlushAnswers() => taps.FlushAnswersAsync(Key().Model);

    public async Task<PostReport> Post(SentAlert alert)
    {
        if (Held() is not { } served) return new PostReport(PostEnd.NotLoaded, null, null);
        if (served.Drift.Settings.Webhooks.FirstOrDefault(w => w.Url.AbsoluteUri == alert.Url) is not { } receiver)
            return new PostReport(PostEnd.Unwanted, null, null);
        var failure = await webhooks.PostAsync(alert.Event, alert.Body.Bytes, receiver, CancellationToken.None);
        return new PostReport(failure is null ? PostEnd.Taken : PostEnd.Failed, receiver.ToString(), failure);
    }

    public Task<SentStatistics?> GetStatistics() =>
        Task.FromResult(Held() is { } served ? SentStatistics.Of(served.ReadStatistics()) : null);

    private ReplicaKey Key() => ReplicaKey.Parse(this.GetPrimaryKeyString());

    private async Task LetGoAsync(HostedCopy held)
    {
        copy = null;
        if (await held.Loaded.Task is null) await host.ReleaseAsync(held, Key());
    }

    private HostedCopy? Find() => copy is { IsGone: false } ? copy : copy = host.HeldBy(Key());

    /// <summary>The loaded version, or null; the activation ends when there will be none.</summary>
    private ServedVersion? Held()
    {
        if (Find() is { } held) return held.Served;
        if (!loading) DeactivateOnIdle();
        return null;
    }
}
