using Grains.Routing;
using Serving;
using Serving.Access;
using Serving.Access.Quotas;

namespace Grains.Access;

/// <summary>Keys and limits of the cluster: read from this silo's copy, changed by their owner. What cannot be taken now is refused with a time to try again.</summary>
internal sealed class ClusterAccessStore(AccessFeed feed, IGrainFactory grains, TimeProvider clock) : IAccessStore
{
    public Task Known => feed.Known;

    public IReadOnlyList<ApiKey> Keys => feed.Keys;

    public IReadOnlyList<ModelLimits> ModelLimits => feed.Limits;

    public async ValueTask<Outcome<IssuedKey>> CreateAsync(KeySpec spec, Actor actor, CancellationToken cancellationToken)
    {
        var secret = FreshSecret.Make(keyId: null, clock.GetUtcNow());
        var order = new AccessOrder { Verb = AccessVerb.Create, Actor = actor, Target = secret.KeyId, Spec = spec, Secret = secret.Kept };
        return (await ChangeKeyAsync(order).ConfigureAwait(false)).TryGetValue(out var key, out var error) ? new IssuedKey(key, secret.Token) : error;
    }

    public async ValueTask<Outcome<IssuedKey>> RotateAsync(string id, TimeSpan overlap, Actor actor, CancellationToken cancellationToken)
    {
        var secret = FreshSecret.Make(id, clock.GetUtcNow());
        var order = new AccessOrder { Verb = AccessVerb.Rotate, Actor = actor, Target = id, Overlap = overlap, Secret = secret.Kept };
        return (await ChangeKeyAsync(order).ConfigureAwait(false)).TryGetValue(out var key, out var error) ? new IssuedKey(key, secret.Token) : error;
    }

    public ValueTask<Outcome<ApiKey>> RevokeAsync(string id, Actor actor, CancellationToken cancellationToken) =>
        ChangeKeyAsync(new AccessOrder { Verb = AccessVerb.Revoke, Actor = actor, Target = id });

    public ValueTask<Outcome<ApiKey>> LimitKeyAsync(string id, QuotaLimits? limits, Actor actor, CancellationToken cancellationToken) =>
        ChangeKeyAsync(new AccessOrder { Verb = AccessVerb.LimitKey, Actor = actor, Target = id, Limits = limits });

    public async ValueTask<Outcome<Done>> LimitModelAsync(string model, QuotaLimits? limits, Actor actor, CancellationToken cancellationToken) =>
        (await OrderAsync(new AccessOrder { Verb = AccessVerb.LimitModel, Actor = actor, Target = model, Limits = limits }).ConfigureAwait(false)).Error?.ToError()
            is { } error ? error : default(Done);

    public async ValueTask<Outcome<Done>> RecordAsync(AuditNote note, CancellationToken cancellationToken) =>
        (await OrderAsync(new AccessOrder { Verb = AccessVerb.Note, Note = note }).ConfigureAwait(false)).Error?.ToError() is { } error ? error : default(Done);

    public async ValueTask<Outcome<IReadOnlyList<AuditEntry>>> ReadAuditAsync(long after, CancellationToken cancellationToken)
    {
        var sent = await AskAsync(owner => owner.ReadAudit(after).WaitAsync(cancellationToken)).ConfigureAwait(false);
        return sent.Error is { } error ? error.ToError() : AccessWire.ReadEntries(sent.Json!.Bytes.Span);
    }

    private async ValueTask<Outcome<ApiKey>> ChangeKeyAsync(AccessOrder order)
    {
        var sent = await OrderAsync(order).ConfigureAwait(false);
        return sent.Error is { } error ? error.ToError() : AccessWire.ReadKey(sent.Json!);
    }

    /// <summary>Not cancelled half-way: whoever asked is told how it ended, or is gone.</summary>
    private Task<SentDocument> OrderAsync(AccessOrder order) => AskAsync(owner => owner.Change(AccessWire.Write(order)));

    private async Task<SentDocument> AskAsync(Func<IAccessGrain, Task<SentDocument>> ask)
    {
        try
        {
            return await ask(grains.GetGrain<IAccessGrain>(0)).ConfigureAwait(false);
        }
        catch (Exception lost) when (ClusterFault.Is(lost))
        {
            return new SentDocument { Error = Inference.SentError.Of(ClusterFault.ToError(lost)) };
        }
    }
}
