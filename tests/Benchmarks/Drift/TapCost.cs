using System.Diagnostics;
using System.Runtime.InteropServices;
using Serving;
using Serving.Batching;
using Serving.Drift;
using Serving.Drift.Baselines;
using Serving.Drift.Observing;
using Serving.Drift.Quality;
using Serving.Inference;
using Serving.Models;
using Serving.Routing;
using Serving.Tests.Drift;

namespace Benchmarks.Drift;

/// <summary>
/// What an observed request of one row costs, four numbers in, a label and three scores out: on its own thread, and behind it in
/// counting its features and in keeping its answer for feedback. With the garbage collections that it causes.
/// </summary>
internal static class TapCost
{
    /// <summary>As many as come between two looks at 4,000 a second.</summary>
    private const int Batch = 400;

    private const int Batches = 2_500;

    private static readonly string[] Classes = ["setosa", "versicolor", "virginica"];

    private static readonly ModelMetadata Metadata = new()
    {
        Name = "m", Version = "1", Versions = ["1"], Platform = "onnxruntime_onnx", MaxBatchSize = 8,
        Inputs = [new TensorSignature("x", TensorType.Fp32, [-1, 4])],
        Outputs = [new TensorSignature("label", TensorType.Bytes, [-1]), new TensorSignature("scores", TensorType.Fp32, [-1, 3]) { Labels = Classes }],
    };

    public static void Measure(MarkTable table)
    {
        var catalog = FeatureCatalog.Of(Metadata, new Dictionary<string, IReadOnlyList<string>>()).Value;
        var judged = JudgedOutput.Of(Metadata, new QualityConfig()).Value;
        var watch = new VersionWatch(Metadata, DriftSettings.Read(null).Value, catalog, judged, null, "node", 1);
        watch.Set(new Baseline([.. Enumerable.Range(0, 4).Select(column => NumericBuilder.Build($"x[{column}]", Draws.Normal(column, 10_000)))]));
        var quality = new ModelQuality("m");
        quality.Serve("1", new QualityOptions { Labels = Classes }, default);
        var queue = new ObservationQueue();
        var tap = new ObservationTap(watch.Layout!, 1, queue, TimeProvider.System);
        var (pending, answer) = (new PendingInference[Batch], Answer());
        var random = new Random(4);
        long offering = 0, counting = 0, keeping = 0;
        for (var batch = -Batches / 5; batch < Batches; batch++)
        {
            for (var i = 0; i < Batch; i++) pending[i] = Pending(random);
            if (batch == 0) offering = counting = keeping = 0;
            offering -= Stopwatch.GetTimestamp();
            foreach (var request in pending) tap.Offer(request, answer, TimeSpan.FromMilliseconds(1), null);
            offering += Stopwatch.GetTimestamp();
            while (queue.TryTake(out var observation))
            {
                var start = Stopwatch.GetTimestamp();
                watch.Add(observation);
                var counted = Stopwatch.GetTimestamp();
                if (watch.TryReadAnswer(0, observation.Id, out var given)) quality.Answer("1", given, observation.At, null);
                counting += counted - start;
                keeping += Stopwatch.GetTimestamp() - counted;
            }

            watch.Advance(DateTimeOffset.UtcNow);
        }

        table.AtMost("ns to take an observation of 4 numbers, a label and 3 scores off the request's thread", Each(offering), 300, Batch * Batches);
        table.AtMost("ns to count it", Each(counting), 500, Batch * Batches);
        table.AtMost("ns to keep its answer for feedback", Each(keeping), 1000, Batch * Batches);
    }

    private static double Each(long ticks) => ticks * 1e9 / Stopwatch.Frequency / Batch / Batches;

    private static PendingInference Pending(Random random)
    {
        float[] values = [(float)Draws.Normal(random), (float)Draws.Normal(random), (float)Draws.Normal(random), (float)Draws.Normal(random)];
        Tensor[] inputs = [new Tensor("x", TensorType.Fp32, [1, 4], MemoryMarshal.AsBytes<float>(values).ToArray())];
        return new PendingInference
        {
            Request = new InferenceRequest { Model = "m", Id = $"{random.NextInt64():x16}{random.NextInt64():x16}", Inputs = inputs },
            Inputs = inputs, Outputs = [0, 1], Route = new RouteDecision("1", null, RouteReason.Only, 0), Rows = 1, Bytes = 16, Arrived = 0,
        };
    }

    private static InferenceResponse Answer() => new()
    {
        Model = "m", Version = "1", Id = "r", Route = new RouteDecision("1", null, RouteReason.Only, 0),
        Outputs =
        [
            new Tensor("label", TensorType.Bytes, [1], (byte[])[6, 0, 0, 0, .. "setosa"u8]),
            new Tensor("scores", TensorType.Fp32, [1, 3], MemoryMarshal.AsBytes<float>([0.9f, 0.08f, 0.02f]).ToArray()),
        ],
    };
}
