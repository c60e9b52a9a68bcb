using Gateway.Metrics;
using Serving.Telemetry;

namespace Gateway.Tests.Metrics;

public sealed class MetricNameTests
{
    [Theory]
    [InlineData("serving.request.duration", "s", InstrumentKind.Histogram, "serving_request_duration_seconds")]
    [InlineData("serving.model.memory", "By", InstrumentKind.Gauge, "serving_model_memory_bytes")]
    [InlineData("some.bytes", "By", InstrumentKind.Gauge, "some_bytes")]
    [InlineData("serving.requests", "{request}", InstrumentKind.Counter, "serving_requests")]
    [InlineData("dotnet.timer.count", "{timer}", InstrumentKind.Gauge, "dotnet_timers")]
    [InlineData("dotnet.assembly.count", "{assembly}", InstrumentKind.Gauge, "dotnet_assemblies")]
    [InlineData("dotnet.jit.count", "{method}", InstrumentKind.Counter, "dotnet_jit_count")]
    [InlineData("9 lives-á", null, InstrumentKind.Gauge, "_9_lives__")]
    public void Of_Instrument_IsPrometheusName(string name, string? unit, InstrumentKind kind, string expected) =>
        Assert.Equal(expected, MetricName.Of(name, unit, kind));
}
