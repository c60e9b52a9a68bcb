using System.Diagnostics.Metrics;
using System.Text;
using Gateway.Http;
using Gateway.Metrics;

namespace Gateway.Tests.Metrics;

/// <summary>A host's meters, and what Prometheus would read of them.</summary>
internal sealed class FakeMeters : IMeterFactory
{
    private readonly PrometheusReader reader;

    public FakeMeters(bool examples = false) => reader = new PrometheusReader(this, examples);

    public Meter Create(MeterOptions options) => new(new MeterOptions(options.Name) { Scope = this });

    /// <summary>Without the runtime's own families, which differ from run to run.</summary>
    public string Read(bool openMetrics = false)
    {
        using var body = new PooledBuffer();
        var writer = new ExpositionWriter(body, openMetrics);
        reader.Write(writer);
        writer.End();
        var lines = Encoding.UTF8.GetString(body.Written.Span).Split('\n');
        return string.Join('\n', lines.Where(line => !line.Contains("dotnet_", StringComparison.Ordinal)));
    }

    public void Dispose() => reader.Dispose();
}
