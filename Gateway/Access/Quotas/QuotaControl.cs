using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Threading.RateLimiting;
using Gateway.Http;
using Gateway.Metrics;
using Microsoft.AspNetCore.Http;
using Serving;
using Serving.Access;
using Serving.Access.Quotas;
using Serving.Inference;
using Serving.Models;

namespace Gateway.Access.Quotas;

/// <summary>
/// Holds inference requests of both protocols against the limits of their key and their model. Where there are none it costs two
/// reads. Limits that change hold from the next request on. One permit is one request.
/// </summary>
internal sealed class QuotaControl : PartitionedRateLimiter<QuotaRequest>
{
    private const string Key = "key";
    private const string Model = "model";

    /// <summary>A request does not wait longer for its quota's answer.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);

    private readonly IAccessStore? store;
    private readonly IModelCatalog models;
    private readonly GatewayInstruments instruments;
    private readonly TimeProvider clock;
    private readonly QuotaExchange? exchange;
    private readonly ConcurrentDictionary<string, QuotaGate> keys = new(StringComparer.Ordinal);
    private volatile RowCounting? counting;
    private volatile ModelTable modelTable = new([], FrozenDictionary<string, QuotaGate>.Empty);

    /// <param name="store">What the limits are; null where there are none.</param>
    /// <param name="models">What tells how many rows a request has.</param>
    /// <param name="instruments">Where refusals are counted.</param>
    /// <param name="clock">The time.</param>
    /// <param name="lender">Where other processes share the quotas: who gives this one its part.</param>
    public QuotaControl(IAccessStore? store, IModelCatalog models, GatewayInstruments instruments, TimeProvider clock, IQuotaLender? lender = null)
    {
        (this.store, this.models, this.instruments, this.clock) = (store, models, instruments, clock);
        if (lender is not null) exchange = new QuotaExchange(lender, () => keys.Values.Concat(modelTable.Gates.Values), () => Now, clock);
    }

    /// <summary>Seconds of a steady clock.</summary>
    public double Now => clock.GetTimestamp() / (double)clock.TimestampFrequency;

    /// <summary>Nothing: what was refused is counted by the metrics, and what is left depends on who else asks.</summary>
    public override RateLimiterStatistics? GetStatistics(QuotaRequest resource) => null;

    /// <summary>Rows of a request, as its model counted them within the last second.</summary>
    public long RowsOf(InferenceRequest request, double now)
    {
        if (request.Inputs.Count == 0 || request.Inputs[0].Shape.Length == 0) return 1;
        if (counting is not { } known || known.Until <= now || known.Model != request.Model || known.Version != request.Version)
        {
            var batches = models.GetMetadata(request.Model, request.Version).TryGetValue(out var metadata, out _) && metadata.MaxBatchSize > 0;
            counting = known = new RowCounting(request.Model, request.Version, batches, now + 1);
        }

        return known.Batches ? request.Inputs[0].Shape[0] : 1;
    }

    private static void Describe(IHeaderDictionary headers, QuotaGate gate, string caller, double now)
    {
        headers[QuotaHeaders.Policy] = gate.Policy;
        headers[QuotaHeaders.Left] = gate.Left(caller, now);
    }

    private FrozenDictionary<string, QuotaGate> ModelGates
    {
        get
        {
            var known = modelTable;
            return store is null || ReferenceEquals(known.Source, store.ModelLimits) ? known.Gates : ReadGates(known.Gates, store.ModelLimits);
        }
    }

    /// <summary>A key's gate outlives the key's changes: who it is after a change finds it here once. Null where nothing is limited.</summary>
    private QuotaGate? KeyGate(Principal principal, double now)
    {
        if (principal.Limits is not { } limits) return null;
        var gate = keys.GetOrAdd(
            principal.Name, static (name, of) => new QuotaGate(of.limits, of.now, of.isShared ? name : null), (limits, now, isShared: exchange is not null));
        if (!ReferenceEquals(gate.Limits, limits)) gate.Change(limits, now);
        return principal.Gate = gate;
    }

    private FrozenDictionary<string, QuotaGate> ReadGates(FrozenDictionary<string, QuotaGate> known, IReadOnlyList<ModelLimits> source)
    {
        var now = Now;
        var gates = source.Count == 0
            ? FrozenDictionary<string, QuotaGate>.Empty
            : source.ToFrozenDictionary(row => row.Model, row => Changed(known.GetValueOrDefault(row.Model), row.Model, row.Limits, now), StringComparer.Ordinal);
        modelTable = new ModelTable(source, gates);
        return gates;
    }

    private QuotaGate Changed(QuotaGate? gate, string model, QuotaLimits limits, double now)
    {
        if (gate is null) return new QuotaGate(limits, now, exchange is null ? null : $"{Model}:{model}");
        gate.Change(limits, now);
        return gate;
    }

    /// <summary>At once; where other processes share a quota that is used up here, it stays so.</summary>
    protected override RateLimitLease AttemptAcquireCore(QuotaRequest resource, int permitCount) =>
        Begin(resource, permitCount, out var entry) ? TryEnter(entry, out var pass) is { } refusal ? Refuse(entry, refusal) : pass! : resource.Principal.Unlimited;

    /// <summary>
    /// A <see cref="QuotaPass"/>, which the caller ends. At once, but where other processes share a quota that is used up here: then they
    /// are asked first.
    /// </summary>
    protected override ValueTask<RateLimitLease> AcquireAsyncCore(QuotaRequest resource, int permitCount, CancellationToken cancellationToken)
    {
        if (!Begin(resource, permitCount, out var entry)) return new(resource.Principal.Unlimited);
        if (TryEnter(entry, out var pass) is not { } refusal) return new(pass!);
        return refusal.Gate.Leases is { } leases && exchange is { IsSilent: false } && leases.MayHaveMore(refusal.Kind, entry.Now)
            ? AskAndEnterAsync(entry, cancellationToken)
            : new(Refuse(entry, refusal));
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) exchange?.Dispose();
    }

    /// <summary>Whether there are limits for a request.</summary>
    private bool Begin(in QuotaRequest request, int permitCount, out Entry entry)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(permitCount, 1);
        var (principal, model) = (request.Principal, ModelGates.GetValueOrDefault(request.Model));
        entry = default;
        if (principal.Limits is null && model is null) return false;
        var now = Now;
        var key = principal.Gate is { } known && ReferenceEquals(known.Limits, principal.Limits) ? known : KeyGate(principal, now);
        entry = new Entry(request, key, model, now);
        return true;
    }

    /// <summary>Null when the request is in. The answer's headers then tell of the gate that has half or less, the key's before the model's.</summary>
    private Refusal? TryEnter(in Entry entry, out QuotaPass? pass)
    {
        var (request, key, model, now) = entry;
        var caller = request.Principal.Name;
        var (keyAnswer, modelAnswer) = (default(GateAnswer), default(GateAnswer));
        pass = null;
        if (key is not null && !key.TryEnter(caller, request.Bytes, now, out keyAnswer))
            return new Refusal(key, Key, $"the limit of {caller}", keyAnswer.Exhausted, keyAnswer.Wait);
        if (model is not null && !model.TryEnter(caller, request.Bytes, now, out modelAnswer))
        {
            key?.Undo(caller, request.Bytes, keyAnswer.HasPlace, now);
            return new Refusal(model, Model, $"the limit of model '{request.Model}'", modelAnswer.Exhausted, modelAnswer.Wait);
        }

        pass = new QuotaPass(this, request, key, keyAnswer.HasPlace, model, modelAnswer.HasPlace);
        if (request.Headers is { } headers && (keyAnswer.IsLow ? key : modelAnswer.IsLow ? model : null) is { } low) Describe(headers, low, caller, now);
        return null;
    }

    private async ValueTask<RateLimitLease> AskAndEnterAsync(Entry entry, CancellationToken cancellationToken)
    {
        await exchange!.AskAsync().WaitAsync(Patience, clock, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
        entry = entry with { Now = Now };
        return TryEnter(entry, out var pass) is { } refusal ? Refuse(entry, refusal) : pass!;
    }

    private QuotaPass Refuse(in Entry entry, Refusal refusal)
    {
        var (gate, scope, whose, exhausted, wait) = refusal;
        instruments.OverQuota(scope, exhausted.Name());
        if (entry.Request.Headers is { } headers) Describe(headers, gate, entry.Request.Principal.Name, entry.Now);
        var rate = gate.Limits.Rate(exhausted) ?? gate.Limits.Concurrent;
        var sentence = FormattableString.Invariant($"{whose} is {rate} {exhausted.Sentence()}; ");
        return new QuotaPass(entry.Request.Principal, new ServingError(
            ErrorCode.QuotaExceeded,
            sentence + (wait is { } known ? FormattableString.Invariant($"try again in {known.TotalSeconds:0.###} s") : "wait for an answer"), wait));
    }

    private sealed record ModelTable(IReadOnlyList<ModelLimits> Source, FrozenDictionary<string, QuotaGate> Gates);

    /// <summary>Whether the first dimension of a model's inputs is rows, and until when that is believed.</summary>
    private sealed record RowCounting(string Model, string? Version, bool Batches, double Until);

    /// <summary>A request at the gates.</summary>
    private readonly record struct Entry(QuotaRequest Request, QuotaGate? Key, QuotaGate? OfModel, double Now);

    private sealed record Refusal(QuotaGate Gate, string Scope, string Whose, QuotaKind Kind, TimeSpan? Wait);
}
