using System.Runtime.InteropServices;
using Serving.Batching;
using Serving.Drift;
using Serving.Drift.Baselines;
using Serving.Drift.Observing;
using Serving.Inference;
using Serving.Models;

namespace Serving.Tests.Drift.Observing;

public sealed class VersionWatchTests
{
    private static readonly ModelMetadata Metadata = new()
    {
        Name = "m", Version = "1", Versions = ["1"], Platform = "onnxruntime_onnx", MaxBatchSize = 8,
        Inputs = [new TensorSignature("x", TensorType.Fp32, [-1, 1])],
        Outputs = [new TensorSignature("scores", TensorType.Fp32, [-1, 2]) { Labels = ["a", "b"] }],
    };

    private readonly ObservationQueue queue = new();
    private readonly VersionWatch watch = Watch();

    [Fact]
    public void AddFormer_OfTheLayoutBefore_GivesItsAnswerAndCountsNothing()
    {
        var before = new ObservationTap(watch.Layout!, 1, queue, TimeProvider.System);
        Offer(before, 3, 0.25f, 0.75f);
        Assert.Null(watch.Set(new Baseline([NumericBuilder.Build("x[0]", Draws.Normal(1, 1000))])).Error);
        Offer(new ObservationTap(watch.Layout!, 1, queue, TimeProvider.System), 4, 0.75f, 0.25f);

        Assert.Equal("b", AddNext());
        Assert.False(watch.HasGrown);
        Assert.Equal("a", AddNext());
        Assert.Equal(1, watch.Snapshot(DateTimeOffset.UtcNow)!.Count);
    }

    private static VersionWatch Watch()
    {
        var catalog = FeatureCatalog.Of(Metadata, new Dictionary<string, IReadOnlyList<string>>()).Value;
        var judged = JudgedOutput.Of(Metadata, new QualityConfig()).Value;
        return new VersionWatch(Metadata, DriftSettings.Read(null).Value, catalog, judged, new ObservationLayout(Metadata, [], judged), "node", 1);
    }

    private static void Offer(ObservationTap tap, float x, params float[] scores)
    {
        Tensor[] inputs = [new Tensor("x", TensorType.Fp32, [1, 1], MemoryMarshal.AsBytes<float>([x]).ToArray())];
        var pending = new PendingInference
        {
            Request = new InferenceRequest { Model = "m", Id = "r", Inputs = inputs },
            Inputs = inputs, Outputs = [0], Route = new RouteDecision("1", null, RouteReason.Only, 0), Rows = 1, Bytes = 0, Arrived = 0,
        };
        var answer = new InferenceResponse
        {
            Model = "m", Version = "1", Id = "r", Route = new RouteDecision("1", null, RouteReason.Only, 0),
            Outputs = [new Tensor("scores", TensorType.Fp32, [1, 2], MemoryMarshal.AsBytes<float>(scores).ToArray())],
        };
        tap.Offer(pending, answer, TimeSpan.Zero, null);
    }

    private string AddNext()
    {
        Assert.True(queue.TryTake(out var observation));
        if (observation.Tap.Layout == watch.Layout) watch.Add(observation);
        else watch.AddFormer(observation);
        Assert.True(watch.TryReadAnswer(0, observation.Id, out var answer));
        return answer.ToAnswer().Label!;
    }
}
