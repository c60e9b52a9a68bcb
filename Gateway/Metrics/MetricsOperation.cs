using Gateway.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Gateway.Metrics;

/// <summary>What Prometheus scrapes.</summary>
/// <param name="reader">Our own numbers.</param>
/// <param name="drift">Those that are asked for first.</param>
/// <param name="triton">The engine's numbers once more, by Triton's names; null when nobody wants them.</param>
internal sealed class MetricsOperation(PrometheusReader reader, DriftNumbers drift, TritonMetrics? triton)
{
    private const string OpenMetricsType = "application/openmetrics-text";

    public async Task Get(HttpContext context, PathValues values)
    {
        var openMetrics = Accepts(context.Request.Headers.Accept);
        using var body = new PooledBuffer();
        var writer = new ExpositionWriter(body, openMetrics);
        await drift.RefreshAsync(context.RequestAborted);
        reader.Write(writer);
        if (triton is not null) await triton.WriteAsync(writer, context.RequestAborted);
        writer.End();
        await Answer.BytesAsync(
            context, body.Written,
            openMetrics ? $"{OpenMetricsType}; version=1.0.0; charset=utf-8" : "text/plain; version=0.0.4; charset=utf-8");
    }

    private static bool Accepts(StringValues accept)
    {
        foreach (var line in accept)
        {
            if (line is not null && line.Contains(OpenMetricsType, StringComparison.OrdinalIgnoreCase)) return true;
        }

        return false;
    }
}
