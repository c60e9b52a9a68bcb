using System.Diagnostics;
using System.Diagnostics.Metrics;
using Serving.Telemetry;

namespace Serving.Tests.Telemetry;

public sealed class HistogramSeriesTests : IDisposable
{
    private readonly RecordedMeasurements recorded = new();
    private readonly Histogram<double> histogram;
    private readonly HistogramSeries series;

    public HistogramSeriesTests()
    {
        histogram = recorded.Create(new MeterOptions("test")).CreateHistogram<double>("test.duration");
        series = new HistogramSeries(histogram, new KeyValuePair<string, object?>("model", "iris"));
    }

    [Fact]
    public void Tell_AFewValues_GivesEachOnceInOrder()
    {
        series.Record(1);
        series.Record(2);
        Assert.Empty(recorded.Of("test.duration"));

        series.Tell();
        series.Tell();

        Assert.Equal([(1.0, "model=iris"), (2.0, "model=iris")], recorded.Of("test.duration"));
    }

    [Fact]
    public void Record_ManyValues_DoNotWaitToBeAskedFor()
    {
        for (var i = 0; i < 1000; i++) series.Record(i);

        var told = recorded.Of("test.duration");
        Assert.InRange(told.Count, 800, 1000);
        Assert.Equal(Enumerable.Range(0, told.Count).Select(i => (double)i), told.Select(value => value.Value));
    }

    [Fact]
    public void Record_InARecordedTrace_IsToldInIt()
    {
        series.Record(1);
        using var activity = new Activity("test").SetIdFormat(ActivityIdFormat.W3C).Start();
        series.Record(2);
        Assert.Empty(recorded.Of("test.duration"));

        activity.ActivityTraceFlags = ActivityTraceFlags.Recorded;
        series.Record(3);

        Assert.Equal(3, Assert.Single(recorded.Of("test.duration")).Value);
    }

    [Fact]
    public void Record_FromManyThreadsWhileOthersAsk_LosesNothing()
    {
        Parallel.For(0, 8, thread =>
        {
            for (var i = 0; i < 5000; i++)
            {
                series.Record(1);
                if (thread == 0 && i % 100 == 0) series.Tell();
            }
        });
        series.Tell();

        Assert.Equal(40_000, recorded.Of("test.duration").Count);
    }

    [Fact]
    public void Record_WhereNobodyListens_KeepsNothing()
    {
        using var meter = new Meter("test");
        var unheard = meter.CreateHistogram<double>("test.unheard");
        var silent = new HistogramSeries(unheard);
        silent.Record(1);

        var heard = new List<double>();
        using var listener = new MeterListener();
        listener.SetMeasurementEventCallback<double>((_, value, _, _) => heard.Add(value));
        listener.EnableMeasurementEvents(unheard);
        silent.Record(2);
        silent.Tell();

        Assert.Equal([2], heard);
    }

    public void Dispose() => recorded.Dispose();
}
