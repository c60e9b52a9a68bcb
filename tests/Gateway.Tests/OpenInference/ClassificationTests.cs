using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using Gateway.OpenInference;
using Serving.Inference;
using Serving.Models;

namespace Gateway.Tests.OpenInference;

public sealed class ClassificationTests
{
    private static readonly string[] Labels = ["setosa", "versicolor", "virginica"];

    [Fact]
    public void Apply_BatchedFloats_RanksEachRow()
    {
        var best = Classify(Of([2, 3], 0.1f, 0.7f, 0.2f, 5f, -1f, 5f), 2, Labels, batched: true);
        Assert.Equal([2L, 2L], best.Shape);
        Assert.Equal(["0.7:1:versicolor", "0.2:2:virginica", "5:0:setosa", "5:2:virginica"], Texts(best));
    }

    [Fact]
    public void Apply_UnbatchedFloats_RanksAllOfThem()
    {
        var best = Classify(Of([2, 3], 0.1f, 0.7f, 0.2f, 5f, -1f, 6f), 2, null, batched: false);
        Assert.Equal([2L], best.Shape);
        Assert.Equal(["6:5", "5:3"], Texts(best));
    }

    [Fact]
    public void Apply_MoreClassesThanThereAre_GivesAll() =>
        Assert.Equal([1L, 3L], Classify(Of([1, 3], 1, 2, 3), int.MaxValue, null, batched: true).Shape);

    [Fact]
    public void Apply_FewerLabelsThanClasses_LeavesTheNameOut() =>
        Assert.Equal(["3:2", "2:1", "1:0:only"], Texts(Classify(Of([1, 3], 1, 2, 3), 3, ["only"], batched: true)));

    [Fact]
    public void Apply_NaN_ComesLast() => Assert.Equal(
        ["-1:1", "-Infinity:2", "NaN:0"], Texts(Classify(Of([3], float.NaN, -1, float.NegativeInfinity), 3, null, batched: false)));

    [Fact]
    public void Apply_NoRows_GivesNone()
    {
        var best = Classify(Of([0, 3]), 2, null, batched: true);
        Assert.Equal([0L, 0L], best.Shape);
        Assert.Equal(0, best.Data.Length);
    }

    [Theory]
    [InlineData(TensorType.UInt8, new byte[] { 1, 255 }, "255:1")]
    [InlineData(TensorType.Int8, new byte[] { 1, 255 }, "1:0")]
    [InlineData(TensorType.Int64, new byte[] { 1, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 127 }, "9223372036854775807:1")]
    [InlineData(TensorType.UInt64, new byte[] { 1, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255 }, "18446744073709551615:1")]
    [InlineData(TensorType.Fp16, new byte[] { 0, 0x3C, 0, 0x40 }, "2:1")]
    [InlineData(TensorType.Bf16, new byte[] { 0x80, 0x3F, 0, 0x40 }, "2:1")]
    public void Apply_OtherNumbers_AreRankedAsTheirType(TensorType type, byte[] data, string expected) =>
        Assert.Equal([expected], Texts(Classify(new Tensor("y", type, [2], data), 1, null, batched: false)));

    [Theory]
    [InlineData(TensorType.Bytes)]
    [InlineData(TensorType.Bool)]
    public void Apply_WhatIsNoNumber_IsTold(TensorType type)
    {
        var outcome = Classification.Apply(new Tensor("y", type, [0], default), 1, null, false);
        Assert.Equal($"output 'y' is {type.Name()}; only numbers can be asked for by classification", outcome.Error!.Message);
    }

    [Fact]
    public void TryApply_OneOfTwoOutputs_LeavesTheOther()
    {
        Tensor[] outputs = [Of([1, 3], 1, 2, 3), Of([1, 3], 3, 2, 1)];
        var signature = new ModelMetadata
        {
            Name = "m", Version = "1", Versions = ["1"], Platform = "onnxruntime_onnx", Inputs = [], MaxBatchSize = 8,
            Outputs = [new TensorSignature("y", TensorType.Fp32, [-1, 3]) { Labels = Labels }],
        };
        var forms = new OutputForms([new(false, 0), new(false, 1)], false);
        Assert.True(Classification.TryApply(outputs, forms, signature, out var answer, out _));
        Assert.Same(outputs[0], answer[0]);
        Assert.Equal(["3:0:setosa"], Texts(answer[1]));
        Assert.True(Classification.TryApply(outputs, OutputForms.Json, signature, out answer, out _));
        Assert.Same(outputs, answer);
    }

    private static Tensor Classify(Tensor output, int classes, IReadOnlyList<string>? labels, bool batched)
    {
        var outcome = Classification.Apply(output, classes, labels, batched);
        Assert.True(outcome.IsSuccess, outcome.Error?.Message);
        Assert.Equal((output.Name, TensorType.Bytes), (outcome.Value.Name, outcome.Value.Type));
        return outcome.Value;
    }

    private static Tensor Of(long[] shape, params float[] values) =>
        new("y", TensorType.Fp32, shape, MemoryMarshal.AsBytes<float>(values).ToArray());

    private static List<string> Texts(Tensor tensor)
    {
        var texts = new List<string>();
        for (var data = tensor.Data.Span; !data.IsEmpty;)
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(data);
            texts.Add(Encoding.UTF8.GetString(data.Slice(4, length)));
            data = data[(4 + length)..];
        }

        return texts;
    }
}
