using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Serving.Inference;

namespace Serving.Routing.Shadows;

public sealed class ShadowComparisonTests
{
    private static readonly TimeSpan Quick = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan Slow = TimeSpan.FromMilliseconds(40);

    [Fact]
    public void Compare_LabelsAndScores_CountsInstancesAndRequests()
    {
        var comparison = new ShadowComparison("3", since: 1);
        comparison.Compare(
            [Labels("label", "a", "b"), Scores("scores", 3, 0.1f, 0.7f, 0.2f, 0.5f, 0.4f, 0.1f)], Quick,
            [Scores("scores", 3, 0.2f, 0.6f, 0.2f, 0.3f, 0.6f, 0.1f), Labels("label", "a", "c")], Slow);
        comparison.Compare([Labels("label", "a")], Quick, [Labels("label", "a")], Slow);

        var report = comparison.Report(20);
        Assert.Equal((2L, 1L), (report.Compared, report.Agreed));
        Assert.Equal(new OutputReport("label", OutputKind.Label, 3, 2, 0, 0, null, null), report.Outputs[0]);
        var scores = report.Outputs[1];
        Assert.Equal((OutputKind.Scores, 2L, 1L, 0L), (scores.Kind, scores.Compared, scores.Agreed, scores.Mismatched));
        Assert.Equal(0.2, scores.MaxAbsDifference!.Value, 1e-6);
        Assert.Equal(0.1, scores.MeanAbsDifference!.Value, 1e-6);
        Assert.InRange(report.Primary.P99Ms!.Value, 1.95, 2.05);
        Assert.InRange(report.Shadow.P50Ms!.Value, 39, 41);
        Assert.Equal(40, report.Shadow.MaxMs);
    }

    [Fact]
    public void Compare_OneNumberPerInstance_HasDifferencesButNoAgreement()
    {
        var comparison = new ShadowComparison("3", since: 1);
        comparison.Compare([Scores("price", 1, 1, 2, 3)], Quick, [Scores("price", 1, 1, 2.5f, 2)], Quick);

        var report = comparison.Report(20);
        Assert.Null(report.Agreed);
        Assert.Equal(new OutputReport("price", OutputKind.Value, 3, null, 0, 0, 1, 0.5), report.Outputs[0]);
    }

    [Fact]
    public void Compare_MissingOrOtherShapeOrType_IsMismatched()
    {
        var comparison = new ShadowComparison("3", since: 1);
        var scores = Scores("scores", 2, 1, 2);
        comparison.Compare([scores], Quick, [], Quick);
        comparison.Compare([scores], Quick, [Scores("scores", 1, 1, 2)], Quick);
        comparison.Compare([scores], Quick, [Of("scores", TensorType.Fp64, [1, 2], new double[] { 1, 2 })], Quick);

        var report = comparison.Report(20);
        Assert.Equal((3L, 0L), (report.Compared, report.Agreed));
        Assert.Equal((0L, 3L), (report.Outputs[0].Compared, report.Outputs[0].Mismatched));
    }

    [Fact]
    public void Compare_NotFinite_IsCountedApart()
    {
        var comparison = new ShadowComparison("3", since: 1);
        comparison.Compare(
            [Scores("s", 2, float.NaN, 1, float.NaN, 1, 3, float.PositiveInfinity)], Quick,
            [Scores("s", 2, float.NaN, 1, 0, 1, 3, float.NegativeInfinity)], Quick);

        var output = comparison.Report(20).Outputs[0];
        Assert.Equal((3L, 1L, 2L, 0.0), (output.Compared, output.Agreed, output.NotFinite, output.MaxAbsDifference));
    }

    [Fact]
    public void Compare_EveryNumericType_SeesADifferenceOfOne()
    {
        (TensorType Type, Array Left, Array Right)[] cases =
        [
            (TensorType.UInt8, new byte[] { 1 }, new byte[] { 2 }), (TensorType.Int8, new sbyte[] { -1 }, new sbyte[] { 0 }),
            (TensorType.UInt16, new ushort[] { 7 }, new ushort[] { 8 }), (TensorType.Int16, new short[] { -7 }, new short[] { -8 }),
            (TensorType.UInt32, new uint[] { 7 }, new uint[] { 8 }), (TensorType.Int32, new[] { -7 }, new[] { -8 }),
            (TensorType.UInt64, new ulong[] { 7 }, new ulong[] { 8 }), (TensorType.Int64, new long[] { -7 }, new long[] { -8 }),
            (TensorType.Fp16, new[] { (Half)1.5 }, new[] { (Half)2.5 }), (TensorType.Bf16, new ushort[] { 0x3F80 }, new ushort[] { 0x4000 }),
            (TensorType.Fp32, new[] { 1.5f }, new[] { 2.5f }), (TensorType.Fp64, new[] { 1.5 }, new[] { 0.5 }),
        ];
        foreach (var (type, left, right) in cases)
        {
            var comparison = new ShadowComparison("3", since: 1);
            comparison.Compare([Of("x", type, [1], left)], Quick, [Of("x", type, [1], right)], Quick);
            var output = comparison.Report(20).Outputs[0];
            Assert.Equal((1.0, 1.0), (output.MaxAbsDifference, output.MeanAbsDifference));
            Assert.Equal(TensorElements.IsFloat(type) ? null : 0, output.Agreed);
        }
    }

    [Fact]
    public void Compare_WholeNumbersBeyondDoubles_AreLabelsByEveryBit()
    {
        var comparison = new ShadowComparison("3", since: 1);
        comparison.Compare([Of("id", TensorType.Int64, [1], new[] { long.MaxValue })], Quick, [Of("id", TensorType.Int64, [1], new[] { long.MaxValue - 1 })], Quick);

        Assert.Equal(0, comparison.Report(20).Outputs[0].Agreed);
    }

    [Fact]
    public void Compare_EmptyScalarAndHugeOutputs_StayWithinBounds()
    {
        var comparison = new ShadowComparison("3", since: 1);
        var huge = new float[OutputComparison.MaxElements + 4];
        Tensor[] outputs =
        [
            Scores("none", 3), Of("scalar", TensorType.Fp32, [], new[] { 1f }), Of("huge", TensorType.Fp32, [huge.Length / 4, 4], huge),
            Of("wide", TensorType.Fp32, [1, huge.Length], huge), Of("flag", TensorType.Bool, [2], new byte[] { 1, 0 }), Labels("empty", ""),
        ];
        comparison.Compare(outputs, Quick, outputs, Quick);

        var report = comparison.Report(20);
        Assert.Equal(1, report.Agreed);
        Assert.Equal([0, 1, OutputComparison.MaxElements / 4, 0, 2, 1], report.Outputs.Select(o => o.Compared));
    }

    [Fact]
    public void Compare_TooManyOutputs_LeavesTheLastOut()
    {
        var comparison = new ShadowComparison("3", since: 1);
        Tensor[] outputs = [.. Enumerable.Range(0, ShadowComparison.MaxOutputs + 5).Select(i => Labels($"o{i}", "a"))];
        comparison.Compare(outputs, Quick, outputs, Quick);

        Assert.Equal(ShadowComparison.MaxOutputs, comparison.Report(20).Outputs.Count);
    }

    [Fact]
    public void Add_TalliesOfMany_IsAsIfOneHadComparedAll()
    {
        var random = new Random(5);
        var whole = new ShadowComparison("3", since: 1);
        ShadowComparison[] parts = [.. Enumerable.Range(0, 4).Select(_ => new ShadowComparison("3", since: 1))];
        for (var i = 0; i < 200; i++)
        {
            Tensor[] primary = [Labels("label", "a"), Scores("scores", 2, random.NextSingle(), random.NextSingle())];
            Tensor[] shadow = [Labels("label", i % 3 == 0 ? "a" : "b"), Scores("scores", 2, random.NextSingle(), i % 50 == 0 ? float.NaN : random.NextSingle())];
            var took = TimeSpan.FromMicroseconds(random.Next(1, 100_000));
            foreach (var one in new[] { whole, parts[random.Next(4)] })
            {
                one.Sent();
                if (i % 7 == 0) one.Failed();
                else one.Compare(primary, Quick, shadow, took);
                if (i % 5 == 0) one.Dropped();
            }
        }

        var expected = JsonSerializer.Serialize(whole.Report(20));
        for (var turn = 0; turn < 5; turn++)
        {
            random.Shuffle(parts);
            var sum = new ShadowComparison("3", since: 1);
            foreach (var tally in ShadowTallyJson.Read(ShadowTallyJson.Write([.. parts.Select(p => p.Tally())]))) sum.Add(tally);
            Assert.Equal(expected, JsonSerializer.Serialize(sum.Report(20)));
        }
    }

    [Fact]
    public void Write_Report_IsReadableJson()
    {
        var comparison = new ShadowComparison("3", since: 1);
        comparison.Sent();
        comparison.Sent();
        comparison.Dropped();
        comparison.Failed();
        comparison.Compare([Scores("s", 2, 1, 2)], Quick, [Scores("s", 2, 1, 2)], Quick);
        var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer)) ShadowJson.Write(json, [comparison.Report(12.5)]);
        using var document = JsonDocument.Parse(buffer.ToArray());
        var shadow = document.RootElement.GetProperty("shadows")[0];

        Assert.Equal((2, 1, 1, 1), (Int("sent"), Int("dropped"), Int("failed"), Int("agreed")));
        Assert.Equal("scores", shadow.GetProperty("outputs")[0].GetProperty("kind").GetString());
        Assert.Equal(0, shadow.GetProperty("outputs")[0].GetProperty("max_abs_difference").GetDouble());
        Assert.Equal(2, shadow.GetProperty("primary").GetProperty("max_ms").GetDouble());

        int Int(string name) => shadow.GetProperty(name).GetInt32();
    }

    private static Tensor Scores(string name, int width, params float[] values) =>
        Of(name, TensorType.Fp32, [values.Length / width, width], values);

    private static Tensor Labels(string name, params string[] values)
    {
        var data = new MemoryStream();
        foreach (var value in values)
        {
            var bytes = Encoding.UTF8.GetBytes(value);
            data.Write(BitConverter.GetBytes(bytes.Length));
            data.Write(bytes);
        }

        return new Tensor(name, TensorType.Bytes, [values.Length], data.ToArray());
    }

    private static Tensor Of(string name, TensorType type, long[] shape, Array values)
    {
        var data = new byte[values.Length * type.Size()];
        MemoryMarshal.CreateSpan(ref MemoryMarshal.GetArrayDataReference(values), data.Length).CopyTo(data);
        return new Tensor(name, type, shape, data);
    }
}
