using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Text.RegularExpressions;
using Gateway.Metrics;

namespace Gateway.Tests.Metrics;

public sealed class PrometheusReaderTests
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
        Assert.Contains("test_things_total 1\n", meters.Read());

        first.Dispose();
        meters.Create(Ours).CreateCounter<long>("test.things").Add(100);

        var read = meters.Read();
        Assert.Contains("test_things_total 100\n", read);
        Assert.Single(Regex.Matches(read, "test_things_total [0-9]+\n"));
    }

    [Fact]
    public void Write_OverTheLimit_SaysHowMuchIsBeyond()
    {
        using var meters = new FakeMeters();
        var counter = meters.Create(Ours).CreateCounter<long>("test.things");
        for (var i = 0; i < 10_000; i++) counter.Add(1, new KeyValuePair<string, object?>("x", i));

        var read = meters.Read();

        Assert.Equal(301, Regex.Matches(read, "test_things_total\\{.+\\} [0-9]+\n").Count);
        Assert.Contains("test_things_total{x=\"299\"} 1\n", read);
        Assert.Contains("test_things_total{otel_metric_overflow=\"true\"} 9700\n", read);
    }

    [Fact]
    public void Write_ObserverThatThrows_CostsNoOtherANumber()
    {
        using var meters = new FakeMeters();
        var meter = meters.Create(Ours);
        meter.CreateObservableGauge("test.broken", long () => throw new InvalidOperationException("test"));
        meter.CreateObservableGauge("test.whole", () => 7L);

        Assert.Contains("test_whole 7\n", meters.Read());
    }

    [Fact]
    public void Write_FromManyThreads_LosesNothing()
    {
        using var meters = new FakeMeters();
        var meter = meters.Create(Ours);
        var counter = meter.CreateCounter<long>("test.things");
        var histogram = meter.CreateHistogram(
            "test.duration", "s", "Times", null, new InstrumentAdvice<double> { HistogramBucketBoundaries = [1, 5] });

        Parallel.For(0, 8, thread =>
        {
            for (var i = 0; i < 5000; i++)
            {
                counter.Add(1, new KeyValuePair<string, object?>("x", i % 200));
                histogram.Record(i % 2 == 0 ? 0.5 : 4.0);
                if (thread == 0 && i % 1000 == 0) meters.Read();
            }
        });

        var read = meters.Read();
        Assert.Equal(200, Regex.Matches(read, "test_things_total\\{x=\"[0-9]+\"\\} 200\n").Count);
        Assert.Contains("test_duration_seconds_bucket{le=\"1.0\"} 20000\n", read);
        Assert.Contains("test_duration_seconds_bucket{le=\"+Inf\"} 40000\n", read);
        Assert.Contains("test_duration_seconds_sum 90000\n", read);
    }

    [Theory]
    [InlineData("a\"b\\c\nd", "x=\"a\\\"b\\\\c\\nd\"")]
    [InlineData("", "x=\"\"")]
    [InlineData("ü", "x=\"ü\"")]
    [InlineData(true, "x=\"true\"")]
    [InlineData(null, "")]
    public void LabelText_AnyValue_IsEscaped(object? value, string expected) => Assert.Equal(expected, LabelText.Of(new KeyValuePair<string, object?>("x", value)));

    [Fact]
    public void Write_RecordedInATrace_HasExemplar()
    {
        using var meters = new FakeMeters(examples: true);
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
