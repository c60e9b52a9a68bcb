using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging.Abstractions;
using Serving.Inference;
using Serving.Telemetry;

namespace Serving.Tests.Telemetry;

public sealed class ServingInstrumentsTests
{
    private static readonly ServingOptions Options = new() { ModelRepositories = [Samples.Repository], ControlMode = ControlMode.None };

    [Fact]
    public async Task Infer_SomeRequests_AreCountedWithTheirVersion()
    {
        using var recorded = new RecordedMeasurements();
        await using var serving = LocalServing.Start(Options, NullLoggerFactory.Instance, recorded);
        await serving.Started;
        for (var i = 0; i < 5; i++) (await InferAsync(serving, "1", [1, 2, 3, 4, 5, 6, 7, 8])).Value.Dispose();
        var refused = await InferAsync(serving, "1", [1, 2, 3], columns: 3);

        const string iris = "model=iris,version=1";
        Assert.False(refused.IsSuccess);
        Assert.Contains((5, $"{iris},outcome=success"), recorded.Of("serving.inference.requests"));
        Assert.Contains((1, $"{iris},outcome=failure"), recorded.Of("serving.inference.requests"));
        Assert.Contains((10, iris), recorded.Of("serving.inference.rows"));
        Assert.Contains((0, "model=iris,version=2"), recorded.Of("serving.inference.rows"));
        Assert.Contains((5, iris), recorded.Of("serving.inference.executions"));
        Assert.Equal(Enumerable.Repeat((2.0, iris), 5), recorded.Of("serving.inference.batch.size"));
        Assert.Equal([(5.0, $"{iris},variant=,reason=version")], recorded.Of("serving.route.requests"));
        Assert.Contains((1, $"{iris},state=ready"), recorded.Of("serving.model.state"));

        var (total, queue, compute) = (Sum(recorded, "duration"), Sum(recorded, "queue.duration"), Sum(recorded, "compute.duration"));
        Assert.InRange(total, queue + compute - 1e-6, queue + compute + 1e-6);
        Assert.True(compute > 0);
    }

    [Fact]
    public async Task Instruments_AllRows_AreMeasuredWithTheLabelsTheyDeclare()
    {
        using var recorded = new RecordedMeasurements();
        await using var serving = LocalServing.Start(Options, NullLoggerFactory.Instance, recorded);
        await serving.Started;
        (await InferAsync(serving, null, [1, 2, 3, 4])).Value.Dispose();

        foreach (var row in ServingInstruments.All.Except(DriftInstruments.All))
        {
            var labels = recorded.Of(row.Name).Select(m => string.Join(',', m.Labels.Split(',').Select(label => label.Split('=')[0]))).Distinct();
            Assert.Equal(string.Join(',', row.Labels), Assert.Single(labels));
            Assert.Equal(row.Kind == InstrumentKind.Histogram, row.Bounds.Count > 0);
        }
    }

    [Fact]
    public void For_MoreVersionsThanAreToldApart_AreOne()
    {
        using var recorded = new RecordedMeasurements();
        using var instruments = new ServingInstruments(recorded);
        for (var i = 0; i < 2100; i++) instruments.For("m", $"{i}").Ran(1, TimeSpan.Zero);
        instruments.For("m", "0").Ran(2, TimeSpan.Zero);

        recorded.Of("serving.route.requests");
        var rows = recorded.Of("serving.inference.batch.size");

        Assert.Equal(2101, rows.Count);
        Assert.Equal([1, 2], rows.Where(row => row.Labels == "model=m,version=0").Select(row => row.Value));
        Assert.Equal(100, rows.Count(row => row.Labels == "model=(others),version="));
    }

    private static double Sum(RecordedMeasurements recorded, string name) => recorded.Of($"serving.inference.{name}").Sum(m => m.Value);

    private static ValueTask<Outcome<InferenceResponse>> InferAsync(LocalServing serving, string? version, float[] floats, int columns = 4) =>
        serving.Engine.InferAsync(
            new InferenceRequest
            {
                Model = "iris",
                Version = version,
                Id = "x",
                Inputs = [new Tensor("input", TensorType.Fp32, [floats.Length / columns, columns], MemoryMarshal.AsBytes<float>(floats).ToArray())],
            },
            CancellationToken.None);
}
