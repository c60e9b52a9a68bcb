using Serving.Telemetry;

namespace Serving.Tests.Telemetry;

public sealed class MeasurementBufferTests
{
    [Fact]
    public void Add_Some_AreRecordedOnceByTheNextFlush()
    {
        var recorded = new List<int>();
        var buffer = new MeasurementBuffer<int>(recorded.Add);

        for (var i = 0; i < 10; i++) buffer.Add(i);
        buffer.Flush();
        buffer.Flush();

        Assert.Equal(Enumerable.Range(0, 10), recorded.Order());
    }

    [Fact]
    public void Add_FromManyThreads_LosesNothing()
    {
        const int each = 10_000;
        long sum = 0;
        var buffer = new MeasurementBuffer<int>(one => Interlocked.Add(ref sum, one));

        Parallel.For(0, 4, thread =>
        {
            for (var i = 0; i < each; i++)
            {
                buffer.Add(1);
                if (i % 1000 == thread) buffer.Flush();
            }
        });
        buffer.Flush();

        Assert.Equal(4 * each, sum);
    }

    [Fact]
    public void Add_ManyWithoutAFlush_AreRecordedMostly()
    {
        var recorded = 0;
        var buffer = new MeasurementBuffer<int>(_ => Interlocked.Increment(ref recorded));

        for (var i = 0; i < 100_000; i++) buffer.Add(i);

        // What is kept back is bounded by the machine, not by what was measured.
        Assert.InRange(recorded, 90_000, 100_000);
    }
}
