using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using Serving.Batching;
using Serving.Drift.Observing;
using Serving.Inference;
using Serving.Models;

namespace Serving.Tests.Drift.Observing;

public sealed class ObservationTapTests
{
    private static readonly ModelMetadata Metadata = new()
    {
        Name = "m", Version = "1", Versions = ["1"], Platform = "onnxruntime_onnx", MaxBatchSize = 8,
        Inputs =
        [
            new TensorSignature("x", TensorType.Fp32, [-1, 2]), new TensorSignature("word", TensorType.Bytes, [-1, 1]),
            new TensorSignature("image", TensorType.UInt8, [-1, 300]) { Optional = true },
        ],
        Outputs = [new TensorSignature("scores", TensorType.Fp64, [-1, 3]) { Labels = ["a", "b", "c"] }],
    };

    private static readonly FeatureSource[] Catalog = FeatureCatalog.Of(Metadata, new Dictionary<string, IReadOnlyList<string>>()).Value;
    private readonly ObservationQueue queue = new();

    [Fact]
    public void Catalog_OfEachKindOfTensor_NamesFeaturesByTheirPlace() => Assert.Equal(
        ["x[0]", "x[1]", "word", "image.mean", "image.deviation", "image.minimum", "image.maximum", "image.zeros",
            "scores[0]", "scores[1]", "scores[2]", "scores.argmax"],
        Catalog.Select(source => source.Spec.Name));

    [Fact]
    public void Catalog_NamesThatDoNotFit_AreAllRefused()
    {
        var names = new Dictionary<string, IReadOnlyList<string>> { ["x"] = ["a"], ["y"] = ["b"], ["image"] = ["c"] };

        var error = FeatureCatalog.Of(Metadata, names).Error!.Message;

        Assert.Contains("serving.drift.features.x has 1 names, but the tensor has 2 columns", error);
        Assert.Contains("serving.drift.features.y: the model has no tensor", error);
        Assert.Contains("serving.drift.features.image", error);
    }

    [Fact]
    public void Offer_ThenRead_GivesEveryValueOfEveryRow()
    {
        var image = new byte[600];
        image.AsSpan(300, 150).Fill(4);
        Tap().Offer(Pending("r", 2, Numbers("x", [2, 2], 1f, 2f, 3f, 4f), Texts("word", "yes", "nö"), new Tensor("image", TensorType.UInt8, [2, 300], image)),
            Answer(Numbers("scores", [2, 3], 0.1, 0.7, 0.2, 0.5, 0.25, 0.25)), TimeSpan.Zero, null);

        var reader = Read(out _);

        Assert.Equal([1, 2], Row(reader, 0, 0, 1));
        Assert.Equal([3, 4], Row(reader, 1, 0, 1));
        Assert.Equal(["yes", "nö"], [Text(reader, 2, 0), Text(reader, 2, 1)]);
        Assert.Equal([0, 0, 0, 0, 1], Row(reader, 0, 3, 4, 5, 6, 7));
        Assert.Equal([2, 2, 0, 4, 0.5], Row(reader, 1, 3, 4, 5, 6, 7));
        Assert.Equal([0.5, 0.25, 0.25], Row(reader, 1, 8, 9, 10));
        Assert.Equal(["b", "a"], [Text(reader, 11, 0), Text(reader, 11, 1)]);
    }

    [Fact]
    public void Read_TensorsThatWereNotSent_HaveNoValues()
    {
        Tap().Offer(Pending("r", 1, Numbers("x", [1, 2], 1f, 2f), Texts("word", "yes")), Answer(), TimeSpan.Zero, null);

        var reader = Read(out _);

        Assert.False(reader.TryNumber(3, 0, out _));
        Assert.False(reader.IsThere(8));
        Assert.False(reader.TryText(11, 0, out _));
        Assert.True(reader.IsThere(2));
    }

    [Fact]
    public void Offer_QueueFull_DropsAndCounts()
    {
        var tap = Tap();
        for (var i = 0; i < ObservationQueue.MaxWaiting + 7; i++) tap.Offer(Pending("r", 1, Numbers("x", [1, 2], 1f, 2f)), Answer(), TimeSpan.Zero, null);

        Assert.Equal(7, tap.Dropped);
        for (var i = 0; i <= ObservationBlock.Places; i++) Read(out _);
        tap.Offer(Pending("r", 1, Numbers("x", [1, 2], 1f, 2f)), Answer(), TimeSpan.Zero, null);
        Assert.Equal(7, tap.Dropped);
    }

    [Fact]
    public void Offer_Sampled_TakesTheSameShareByIdEverywhere()
    {
        var tap = Tap(sampling: 0.25);
        for (var i = 0; i < 4000; i++) tap.Offer(Pending($"request-{i}", 1, Numbers("x", [1, 2], i, 0f)), Answer(), TimeSpan.Zero, null);
        var first = Taken();
        for (var i = 0; i < 4000; i++) tap.Offer(Pending($"request-{i}", 1, Numbers("x", [1, 2], i, 0f)), Answer(), TimeSpan.Zero, null);

        Assert.InRange(first.Count, 880, 1120);
        Assert.Equal(first, Taken());
    }

    private static Tensor Numbers<T>(string name, long[] shape, params T[] values) where T : struct => new(
        name, typeof(T) == typeof(float) ? TensorType.Fp32 : TensorType.Fp64, shape, MemoryMarshal.AsBytes<T>(values).ToArray());

    private static Tensor Texts(string name, params string[] values)
    {
        var bytes = new List<byte>();
        foreach (var value in values)
        {
            var length = new byte[4];
            BinaryPrimitives.WriteInt32LittleEndian(length, Encoding.UTF8.GetByteCount(value));
            bytes.AddRange([.. length, .. Encoding.UTF8.GetBytes(value)]);
        }

        return new Tensor(name, TensorType.Bytes, [values.Length, 1], bytes.ToArray());
    }

    private static PendingInference Pending(string id, int rows, params Tensor[] inputs) => new()
    {
        Request = new InferenceRequest { Model = "m", Id = id, Inputs = inputs },
        Inputs = inputs, Outputs = [0], Route = new RouteDecision("1", null, RouteReason.Only, 0), Rows = rows, Bytes = 0, Arrived = 0,
    };

    private static InferenceResponse Answer(params Tensor[] outputs) => new()
    {
        Model = "m", Version = "1", Id = "r", Outputs = outputs, Route = new RouteDecision("1", null, RouteReason.Only, 0),
    };

    private static double[] Row(RowReader reader, int row, params int[] sources) =>
        Array.ConvertAll(sources, source => reader.TryNumber(source, row, out var value) ? Math.Round(value, 12) : double.NaN);

    private static string Text(RowReader reader, int source, int row) => reader.TryText(source, row, out var text) ? Encoding.UTF8.GetString(text) : "(none)";

    private ObservationTap Tap(double sampling = 1) => new(new ObservationLayout(Metadata, Catalog), sampling, queue, TimeProvider.System);

    private RowReader Read(out Observation observation)
    {
        Assert.True(queue.TryTake(out observation));
        var reader = new RowReader(observation.Tap.Layout);
        reader.Load(observation);
        return reader;
    }

    private List<double> Taken()
    {
        var taken = new List<double>();
        while (queue.TryTake(out var observation))
        {
            var reader = new RowReader(observation.Tap.Layout);
            reader.Load(observation);
            taken.AddRange(Row(reader, 0, 0));
        }

        return taken;
    }
}
