using System.Collections.Concurrent;
using System.Collections.Frozen;
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
/// reads. Limits that change hold from the next request on.
/// </summary>
internal sealed class QuotaControl
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

    /// <summary>
    /// Lets a request in, or says why not. The pass is null where nothing limits it; else the caller ends it. At once, but where other
    /// processes share a quota that is used up here: then they are asked first.
    /// </summary>
    /// <param name="principal">Who asks.</param>
    /// <param name="model">Which model.</param>
    /// <param name="bytes">Bytes of the body, as far as they are known.</param>
    /// <param name="headers">
    /// Of the answer: they tell what holds and what is left once half is used up, of the caller's own limits or of the model's.
    /// </param>
    public ValueTask<(ServingError? Error, QuotaPass? Pass)> EnterAsync(Principal principal, string model, long bytes, IHeaderDictionary? headers)
    {
        var modelGate = ModelGates.GetValueOrDefault(model);
        if (principal.Limits is null && modelGate is null) return default;
        var now = Now;
        var keyGate = principal.Gate is { } known && ReferenceEquals(known.Limits, principal.Limits) ? known : KeyGate(principal, now);
        var entry = new Entry(principal.Name, model, bytes, keyGate, modelGate, headers);
        var refusal = TryEnter(entry, now, out var low);
        return refusal is { Gate.Leases: { } leases } && exchange is { IsSilent: false } && leases.MayHaveMore(refusal.Kind, now)
            ? AskAndEnterAsync(entry)
            : new((refusal is null ? null : Refuse(entry, refusal, now), refusal is null ? Pass(entry, low, now) : null));
    }

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
            if (store is null || ReferenceEquals(known.Source, store.ModelLimits)) return known.Gates;
            var source = store.ModelLimits;
            var now = Now;
            var gates = source.ToFrozenDictionary(row => row.Model, row => Changed(known.Gates.GetValueOrDefault(row.Model), row.Model, row.Limits, now), StringComparer.Ordinal);
            modelTable = new ModelTable(source, gates);
            return gates;
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

    private QuotaGate Changed(QuotaGate? gate, string model, QuotaLimits limits, double now)
    {
        if (gate is null) return new QuotaGate(limits, now, exchange is null ? null : $"{Model}:{model}");
        gate.Change(limits, now);
        return gate;
    }

    /// <summary>Null when the request is in; <paramref name="low"/> is then the gate that has half or less, the key's before the model's.</summary>
    private static Refusal? TryEnter(in Entry entry, double now, out QuotaGate? low)
    {
        low = null;
        var (isLow, isModelLow) = (false, false);
        if (entry.Key is { } key && !key.TryEnter(entry.Caller, entry.Bytes, now, out var exhausted, out var wait, out isLow))
            return new Refusal(key, Key, $"the limit of {entry.Caller}", exhausted, wait);
        if (entry.OfModel is not { } model || model.TryEnter(entry.Caller, entry.Bytes, now, out exhausted, out wait, out isModelLow))
        {
            low = isLow ? entry.Key : isModelLow ? entry.OfModel : null;
            return null;
        }

        entry.Key?.Undo(entry.Caller, entry.Bytes, now);
        return new Refusal(model, Model, $"the limit of model '{entry.Model}'", exhausted, wait);
    }

    private async ValueTask<(ServingError? Error, QuotaPass? Pass)> AskAndEnterAsync(Entry entry)
    {
        await exchange!.AskAsync().WaitAsync(Patience, clock).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var now = Now;
        return TryEnter(entry, now, out var low) is { } refusal ? (Refuse(entry, refusal, now), null) : (null, Pass(entry, low, now));
    }

    private QuotaPass Pass(in Entry entry, QuotaGate? low, double now)
    {
        var pass = new QuotaPass(this, entry.Caller, entry.Key, entry.OfModel, entry.Bytes);
        if (low is not null && entry.Headers is not null) Describe(entry.Headers, low, entry.Caller, now);
        return pass;
    }

    private ServingError Refuse(in Entry entry, Refusal refusal, double now)
    {
        var (gate, scope, whose, exhausted, wait) = refusal;
        instruments.OverQuota(scope, exhausted.Name());
        if (entry.Headers is not null) Describe(entry.Headers, gate, entry.Caller, now);
        var rate = gate.Limits.Rate(exhausted) ?? gate.Limits.Concurrent;
        var sentence = FormattableString.Invariant($"{whose} is {rate} {exhausted.Sentence()}; ");
        return new ServingError(
            ErrorCode.QuotaExceeded,
            sentence + (wait is { } known ? FormattableString.Invariant($"try again in {known.TotalSeconds:0.###} s") : "wait for an answer"), wait);
    }

    private sealed record ModelTable(IReadOnlyList<ModelLimits> Source, FrozenDictionary<string, QuotaGate> Gates);

    /// <summary>Whether the first dimension of a model's inputs is rows, and until when that is believed.</summary>
    private sealed record RowCounting(string Model, string? Version, bool Batches, double Until);

    /// <summary>A request at the gates.</summary>
    private readonly record struct Entry(string Caller, string Model, long Bytes, QuotaGate? Key, QuotaGate? OfModel, IHeaderDictionary? Headers);

    private sealed record Refusal(QuotaGate Gate, string Scope, string Whose, QuotaKind Kind, TimeSpan? Wait);
}
