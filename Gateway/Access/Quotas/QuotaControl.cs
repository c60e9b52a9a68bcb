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
internal sealed class QuotaControl(IAccessStore? store, IModelCatalog models, GatewayInstruments instruments, TimeProvider clock)
{
    private const string Key = "key";
    private const string Model = "model";

    private readonly ConcurrentDictionary<string, QuotaGate> keys = new(StringComparer.Ordinal);
    private volatile ModelTable modelTable = new([], FrozenDictionary<string, QuotaGate>.Empty);

    /// <summary>Seconds of a steady clock.</summary>
    public double Now => clock.GetTimestamp() / (double)clock.TimestampFrequency;

    /// <summary>Lets a request in. The pass is null where nothing limits it; else the caller ends it.</summary>
    /// <param name="principal">Who asks.</param>
    /// <param name="model">Which model.</param>
    /// <param name="bytes">Bytes of the body, as far as they are known.</param>
    /// <param name="headers">Of the answer: they tell what holds.</param>
    /// <param name="pass">What ends with the request.</param>
    public ServingError? TryEnter(Principal principal, string model, long bytes, IHeaderDictionary? headers, out QuotaPass? pass)
    {
        pass = null;
        var modelGate = ModelGates.GetValueOrDefault(model);
        if (principal.Limits is null && modelGate is null) return null;
        var now = Now;
        var caller = principal.Name;
        var keyGate = principal.Limits is { } limits ? KeyGate(caller, limits, now) : null;
        if (keyGate is not null && !keyGate.TryEnter(caller, bytes, now, out var exhausted, out var wait))
            return Refuse(headers, keyGate, caller, now, Key, $"the limit of {caller}", exhausted, wait);
        if (modelGate is not null && !modelGate.TryEnter(caller, bytes, now, out exhausted, out wait))
        {
            keyGate?.Undo(caller, bytes, now);
            return Refuse(headers, modelGate, caller, now, Model, $"the limit of model '{model}'", exhausted, wait);
        }

        pass = new QuotaPass(this, caller, keyGate, modelGate, bytes);
        if (headers is not null) Describe(headers, (keyGate ?? modelGate)!, caller, now);
        return null;
    }

    /// <summary>Rows of a request, as its model counts them.</summary>
    public long RowsOf(InferenceRequest request) =>
        request.Inputs.Count > 0 && request.Inputs[0].Shape.Length > 0
        && models.GetMetadata(request.Model, request.Version).TryGetValue(out var metadata, out _) && metadata.MaxBatchSize > 0
            ? request.Inputs[0].Shape[0]
            : 1;

    /// <summary>Tells the caller what holds and what is left: of its own limits, else of the model's.</summary>
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
            var gates = source.ToFrozenDictionary(row => row.Model, row => Changed(known.Gates.GetValueOrDefault(row.Model), row.Limits, now), StringComparer.Ordinal);
            modelTable = new ModelTable(source, gates);
            return gates;
        }
    }

    private QuotaGate KeyGate(string caller, QuotaLimits limits, double now)
    {
        if (keys.TryGetValue(caller, out var gate))
        {
            if (!ReferenceEquals(gate.Limits, limits)) gate.Change(limits, now);
            return gate;
        }

        return keys.GetOrAdd(caller, new QuotaGate(limits, now));
    }

    private static QuotaGate Changed(QuotaGate? gate, QuotaLimits limits, double now)
    {
        if (gate is null) return new QuotaGate(limits, now);
        gate.Change(limits, now);
        return gate;
    }

    private ServingError Refuse(
        IHeaderDictionary? headers, QuotaGate gate, string caller, double now, string scope, string whose, QuotaKind exhausted, TimeSpan? wait)
    {
        instruments.OverQuota(scope, exhausted.Name());
        if (headers is not null) Describe(headers, gate, caller, now);
        var rate = exhausted switch
        {
            QuotaKind.Requests => gate.Limits.RequestsPerSecond,
            QuotaKind.Rows => gate.Limits.RowsPerSecond,
            QuotaKind.Bytes => gate.Limits.BytesPerSecond,
            _ => gate.Limits.Concurrent,
        };
        var sentence = FormattableString.Invariant($"{whose} is {rate} {exhausted.Sentence()}; ");
        return new ServingError(
            ErrorCode.QuotaExceeded,
            sentence + (wait is { } known ? FormattableString.Invariant($"try again in {known.TotalSeconds:0.###} s") : "wait for an answer"), wait);
    }

    private sealed record ModelTable(IReadOnlyList<ModelLimits> Source, FrozenDictionary<string, QuotaGate> Gates);
}
