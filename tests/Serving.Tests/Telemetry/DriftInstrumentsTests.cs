using System.Diagnostics.Metrics;
using Serving.Drift.Observing;
using Serving.Telemetry;

namespace Serving.Tests.Telemetry;

public sealed class DriftInstrumentsTests
{
    [Fact]
    public void Observe_WhatWasPublished_IsMeasuredWithItsVersion()
    {
        using var recorded = new RecordedMeasurements();
        DriftInstruments.Observe(
            recorded.Create(new MeterOptions(ServingInstruments.MeterName)),
            () => [new DriftNumbers("m", "1", 3, 7, 0.75), new DriftNumbers("m", "2", 0, 0, null)], () => 2);

        Assert.Equal([(3, "model=m,version=1"), (0, "model=m,version=2")], recorded.Of("serving.drift.dropped"));
        Assert.Contains((7, "model=m,version=1"), recorded.Of("serving.drift.windows"));
        Assert.Equal([(0.75, "model=m,version=1")], recorded.Of("serving.quality.accuracy"));
        Assert.Equal([(2, "")], recorded.Of("serving.webhooks.waiting"));
    }
}
