using System.Threading.RateLimiting;
using Serving;
using Serving.Access.Quotas;
using Serving.Inference;

namespace Gateway.Access.Quotas;

/// <summary>What its quotas tell a request: why not, or it is in: what else it costs is charged by it, and it ends once.</summary>
internal sealed class QuotaPass : RateLimitLease
{
    private static readonly string[] Told = [MetadataName.ReasonPhrase.Name, MetadataName.RetryAfter.Name];

    private readonly QuotaControl? quotas;
    private readonly QuotaGate? key;
    private readonly QuotaGate? model;
    private readonly QuotaGate? keyPlace;
    private readonly QuotaGate? modelPlace;
    private readonly long bytes;

    /// <param name="quotas">Who let it in.</param>
    /// <param name="request">What it is.</param>
    /// <param name="key">The caller's own limits; null for none.</param>
    /// <param name="hasKeyPlace">Whether it takes one of their places.</param>
    /// <param name="model">The model's limits; null for none.</param>
    /// <param name="hasModelPlace">Whether it takes one of theirs.</param>
    public QuotaPass(QuotaControl quotas, in QuotaRequest request, QuotaGate? key, bool hasKeyPlace, QuotaGate? model, bool hasModelPlace)
    {
        (this.quotas, Principal, bytes) = (quotas, request.Principal, request.Bytes);
        (this.key, this.model) = (key, model);
        keyPlace = hasKeyPlace ? key : null;
        modelPlace = hasModelPlace ? model : null;
    }

    /// <param name="principal">Who asks.</param>
    /// <param name="error">Why it is not let in; null where nothing limits it.</param>
    public QuotaPass(Principal principal, ServingError? error) => (Principal, Error) = (principal, error);

    /// <summary>Who asks.</summary>
    public Principal Principal { get; }

    /// <summary>Why the request is not let in; null when it is.</summary>
    public ServingError? Error { get; }

    public override bool IsAcquired => Error is null;

    public override IEnumerable<string> MetadataNames => IsAcquired ? [] : Told;

    public override bool TryGetMetadata(string metadataName, out object? metadata)
    {
        metadata = metadataName == MetadataName.RetryAfter.Name ? Error?.RetryAfter
            : metadataName == MetadataName.ReasonPhrase.Name ? Error?.Message
            : null;
        return metadata is not null;
    }

    /// <summary>The body is read.</summary>
    /// <param name="request">What it asks for.</param>
    /// <param name="length">Its bytes.</param>
    public void Charge(InferenceRequest request, long length)
    {
        var counts = CountsRows(key) || CountsRows(model);
        if (quotas is null || !counts && length <= bytes) return;
        var now = quotas.Now;
        var rows = counts ? quotas.RowsOf(request, now) : 0;
        Charge(key, rows, length - bytes, now);
        Charge(model, rows, length - bytes, now);
    }

    protected override void Dispose(bool disposing)
    {
        keyPlace?.Leave(Principal.Name);
        modelPlace?.Leave(Principal.Name);
    }

    private static bool CountsRows(QuotaGate? gate) => gate?.Limits.RowsPerSecond is not null;

    private void Charge(QuotaGate? gate, long rows, long more, double now)
    {
        if (gate is null) return;
        if (rows > 0 && CountsRows(gate)) gate.Charge(Principal.Name, QuotaKind.Rows, rows, now);
        if (more > 0 && gate.Limits.BytesPerSecond is not null) gate.Charge(Principal.Name, QuotaKind.Bytes, more, now);
    }
}
