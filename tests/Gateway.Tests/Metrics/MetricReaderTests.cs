using System.Diagnostics;
using System.Diagnostics.Metrics;
using Gateway.Metrics;

namespace Gateway.Tests.Metrics;

public sealed class MetricReaderTests
{
    private const string Ours = GatewayInstruments.MeterName;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Write_EveryKind_IsExposition(bool openMetrics)
    {
        using var meters = new FakeMeters();
        var meter = meters.Create(Ours);
        var counter = meter.CreateCounter<long>("test.things", "{thing}", "Things \\ that\nhappened");
        var sizes = meter.CreateCounter<double>("test.sizes", "By", "Bytes");
        var present = meter.CreateUpDownCounter<long>("test.present", "{thing}", "Things now");
        var set = meter.CreateGauge<double>("test.level", "s", "Seconds");
        var histogram = meter.CreateHistogram(
            "test.duration", "s", "Times", null, new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.00005, 0.5, 10] });
        meter.CreateObservableGauge("test.asked", () => new Measurement<int>[] { new(3, new KeyValuePair<string, object?>("a", "b")) });
        meter.CreateCounter<long>("test.never");
        counter.Add(2, new("kind", "a \"b\""), new("code", 404));
        counter.Add(1, new("code", 404), new("kind", "a \"b\""));
        counter.Add(1);
        sizes.Add(0.5);
        sizes.Add(1e300);
        present.Add(5);
        present.Add(-7);
        set.Record(1);
        set.Record(double.NegativeInfinity);
        foreach (var value in (double[])[0.00001, 0.4, 0.5, 100]) histogram.Record(value, new KeyValuePair<string, object?>("model", "iris"));

        Golden.Check(openMetrics ? "metrics.openmetrics.txt" : "metrics.txt", meters.Read(openMetrics));
    }

    [Fact]
    public void Write_ObservableNoLongerTold_Vanishes()
    {
        using var meters = new FakeMeters();
        var there = true;
        meters.Create(Ours).CreateObservableGauge(
            "test.model", () => there ? [new Measurement<long>(1, new KeyValuePair<string, object?>("model", "iris"))] : Array.Empty<Measurement<long>>());
        Assert.Contains("test_model{model=\"iris\"} 1", meters.Read());

        there = false;

        Assert.DoesNotContain("test_model", meters.Read());
    }

    [Fact]
    public void Write_MetersOfOthers_AreNotRead()
    {
        using var meters = new FakeMeters();
        using var neighbour = new FakeMeters();
        neighbour.Create(Ours).CreateCounter<long>("test.neighbour").Add(1);
        meters.Create("SomeLibrary").CreateCounter<long>("test.library").Add(1);

        Assert.DoesNotContain("test_", meters.Read());
        Assert.Contains("test_neighbour_total 1", neighbour.Read());
    }

    [Fact]
    public void Write_MeterDisposed_FreesItsNames()
    {
        using var meters = new FakeMeters();
        var first = meters.Create(Ours);
        first.CreateCounter<long>("test.things").Add(1);
        meters.Create(Ours).CreateCounter<long>("test.things").Add(10);
        Assert.Contains("test_things_total 1\n", meters.Read());

        first.Dispose();
        meters.Create(Ours).CreateCounter<long>("test.things").Add(100);

        Assert.Contains("test_things_total 100\n", meters.Read());
    }

    [Fact]
    public void Write_RecordedInATrace_HasExemplar()
    {
        using var meters = new FakeMeters(TimeProvider.System);
        var histogram = meters.Create(Ours).CreateHistogram(
            "test.duration", "s", "Times", null, new InstrumentAdvice<double> { HistogramBucketBoundaries = [1] });
        histogram.Record(0.25);
        Assert.DoesNotContain("trace_id", meters.Read(openMetrics: true));

        using var activity = new Activity("test").SetIdFormat(ActivityIdFormat.W3C).Start();
        activity.ActivityTraceFlags = ActivityTraceFlags.Recorded;
        histogram.Record(0.5);

        var line = meters.Read(openMetrics: true).Split('\n').Single(l => l.Contains("le=\"1.0\""));
        Assert.StartsWith($"test_duration_seconds_bucket{{le=\"1.0\"}} 2 # {{trace_id=\"{activity.TraceId}\",span_id=\"{activity.SpanId}\"}} 0.5 1", line);
        Assert.DoesNotContain("trace_id", meters.Read());
    }
}
