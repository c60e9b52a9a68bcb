using Microsoft.AspNetCore.Http;
using Serving.Access.Quotas;
using Serving.Inference;

namespace Gateway.Access.Quotas;

/// <summary>A request that its quotas let in: what else it costs is charged by it, and it ends once.</summary>
/// <param name="quotas">Who let it in.</param>
/// <param name="caller">Who asks.</param>
/// <param name="key">The caller's own limits; null for none.</param>
/// <param name="model">The model's limits; null for none.</param>
/// <param name="bytes">Bytes that it was let in with.</param>
internal sealed class QuotaPass(QuotaControl quotas, string caller, QuotaGate? key, QuotaGate? model, long bytes) : IDisposable
{
    /// <summary>The request's; null where nothing limits it.</summary>
    public static QuotaPass? Of(HttpContext context) => (QuotaPass?)context.Features[typeof(QuotaPass)];

    /// <summary>The body is read.</summary>
    /// <param name="request">What it asks for.</param>
    /// <param name="length">Its bytes.</param>
    public void Charge(InferenceRequest request, long length)
    {
        var counts = CountsRows(key) || CountsRows(model);
        if (!counts && length <= bytes) return;
        var now = quotas.Now;
        var rows = counts ? quotas.RowsOf(request, now) : 0;
        Charge(key, rows, length - bytes, now);
        Charge(model, rows, length - bytes, now);
    }

    public void Dispose()
    {
        key?.Leave(caller);
        model?.Leave(caller);
    }

    private static bool CountsRows(QuotaGate? gate) => gate?.Limits.RowsPerSecond is not null;

    private void Charge(QuotaGate? gate, long rows, long more, double now)
    {
        if (gate is null) return;
        if (rows > 0) gate.Charge(caller, QuotaKind.Rows, rows, now);
        if (more > 0 && gate.Limits.BytesPerSecond is not null) gate.Charge(caller, QuotaKind.Bytes, more, now);
    }
}
