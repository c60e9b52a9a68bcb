using System.Runtime.InteropServices;
using Gateway.OpenInference;
using Serving.Inference;
using Serving.Models;

namespace Gateway.Tests.OpenInference;

public sealed class BinaryBodyTests
{
    private const string Mixed = """
        {"inputs":[{"name":"a","shape":[2],"datatype":"FP32","parameters":{"binary_data_size":8}},
        {"name":"b","shape":[2],"datatype":"INT8","data":[1,-1]},
        {"name":"c","shape":[2],"datatype":"BYTES","parameters":{"binary_data_size":11}}]}
        """;

    private static readonly byte[] Floats = [0, 0, 0x80, 0x3F, 0, 0, 0xC0, 0x7F];
    private static readonly byte[] Texts = [2, 0, 0, 0, (byte)'h', (byte)'i', 1, 0, 0, 0, 0xFF];

    [Theory]
    [InlineData]
    [InlineData(1)]
    [InlineData(20, 200)]
    [InlineData(250, 7, 3, 1, 5)]
    public void Read_MixedInputs_TakesTheBlobsInOrder(params int[] cuts)
    {
        var body = Bodies.Join(Mixed, Floats, Texts);
        var outcome = Bodies.Reader.Read(Bodies.Cut(body, cuts), Mixed.Length, "m", null, true);
        Assert.True(outcome.IsSuccess, outcome.Error?.Message);
        using var parsed = outcome.Value;
        Assert.Equal(Floats, parsed.Inputs[0].Data.ToArray());
        Assert.Equal([1, 0xFF], parsed.Inputs[1].Data.ToArray());
        Assert.Equal(Texts, parsed.Inputs[2].Data.ToArray());
    }

    [Fact]
    public void Read_AlignedBlobOfALastingBody_IsNotCopied()
    {
        var json = """{"inputs":[{"name":"a","shape":[2],"datatype":"FP32","parameters":{"binary_data_size":8}}]}""";
        json = json.PadRight((json.Length + 7) & ~7);
        var body = GC.AllocateArray<byte>(json.Length + 8, pinned: true);
        Bodies.Join(json, Floats).CopyTo(body, 0);
        using var referring = Bodies.Read(body, json.Length, refer: true).Value;
        Assert.True(MemoryMarshal.TryGetArray(referring.Inputs[0].Data, out var memory));
        Assert.Same(body, memory.Array);
        Assert.Null(referring.Lease);

        using var copying = Bodies.Read(body, json.Length, refer: false).Value;
        Assert.True(MemoryMarshal.TryGetArray(copying.Inputs[0].Data, out memory));
        Assert.NotSame(body, memory.Array);
    }

    [Fact]
    public void Read_UnalignedBlobOfALastingBody_IsCopied()
    {
        var json = """{"inputs":[{"name":"a","shape":[2],"datatype":"FP32","parameters":{"binary_data_size":8}}]}""";
        json = json.PadRight((json.Length + 7 & ~7) + 1);
        var body = Bodies.Join(json, Floats);
        using var parsed = Bodies.Read(body, json.Length, refer: true).Value;
        Assert.True(MemoryMarshal.TryGetArray(parsed.Inputs[0].Data, out var memory));
        Assert.NotSame(body, memory.Array);
        Assert.Equal(Floats, parsed.Inputs[0].Data.ToArray());
    }

    [Theory]
    [InlineData(-1, "Inference-Header-Content-Length is -1")]
    [InlineData(100000, "Inference-Header-Content-Length is 100000")]
    [InlineData(10, "not valid JSON")]
    [InlineData(null, "no Inference-Header-Content-Length")]
    public void Read_LyingHeader_IsTold(int? header, string sentence) =>
        Assert.Contains(sentence, Bodies.Error(Bodies.Read(Bodies.Join(Mixed, Floats, Texts), header)));

    [Fact]
    public void Read_MissingBytes_AreCounted() => Assert.Equal(
        "unexpected size for input 'c', expecting 3 additional bytes for model 'm'",
        Bodies.Error(Bodies.Read(Bodies.Join(Mixed, Floats, Texts[..^3]), Mixed.Length)));

    [Fact]
    public void Read_SurplusBytes_AreTold() => Assert.Equal(
        "unexpected additional input data for model 'm'",
        Bodies.Error(Bodies.Read(Bodies.Join(Mixed, Floats, Texts, [0]), Mixed.Length)));

    [Fact]
    public void Read_BlobWithoutHeader_IsTold() =>
        Assert.Contains("no Inference-Header-Content-Length", Bodies.Error(Mixed));

    [Theory]
    [InlineData("FP32", "[3]", 8, "inputs[0].parameters.binary_data_size is 8, but shape [3] of FP32 needs 12 bytes")]
    [InlineData("FP64", "[4611686018427387904]", 8, "needs 36893488147419103232 bytes")]
    [InlineData("INT8", "[8]", -8, "inputs[0].parameters.binary_data_size must be a whole number")]
    [InlineData("BOOL", "[8]", 8, "has the byte 128 as BOOL element 2")]
    [InlineData("BYTES", "[1]", 8, "has a BYTES element 0 of 1065353216 bytes where 4 remain")]
    public void Read_BlobThatDoesNotFitItsShape_IsTold(string type, string shape, int size, string sentence)
    {
        var input = $$$"""{"name":"a","shape":{{{shape}}},"datatype":"{{{type}}}","parameters":{"binary_data_size":{{{size}}}}}""";
        var json = $$"""{"inputs":[{{input}}]}""";
        Assert.Contains(sentence, Bodies.Error(Bodies.Read(Bodies.Join(json, Floats), json.Length)));
    }

    [Theory]
    [InlineData("[1]", "has 2 BYTES elements, but shape [1] needs 1")]
    [InlineData("[1000000000]", "has 2 BYTES elements, but shape [1000000000] needs 1000000000")]
    public void Read_BytesBlobOfAnotherCount_IsTold(string shape, string sentence)
    {
        var json = $$$"""{"inputs":[{"name":"a","shape":{{{shape}}},"datatype":"BYTES","parameters":{"binary_data_size":11}}]}""";
        Assert.Contains(sentence, Bodies.Error(Bodies.Read(Bodies.Join(json, Texts), json.Length)));
    }

    [Fact]
    public void Read_BytesBlobThatEndsInALength_IsTold()
    {
        const string json = """{"inputs":[{"name":"a","shape":[1],"datatype":"BYTES","parameters":{"binary_data_size":2}}]}""";
        Assert.Contains("ends within the length of element 0", Bodies.Error(Bodies.Read(Bodies.Join(json, [1, 0]), json.Length)));
    }

    [Theory]
    [InlineData(0, new long[] { -1, 2 }, TensorType.Fp32, new long[] { 1, 2 })]
    [InlineData(8, new long[] { -1, 2 }, TensorType.Fp32, new long[] { 1, 2 })]
    [InlineData(8, new long[] { -1, -1 }, TensorType.Fp32, new long[] { 1, 2 })]
    [InlineData(0, new long[] { 2 }, TensorType.Fp32, new long[] { 2 })]
    [InlineData(0, new long[] { -1, 4 }, TensorType.UInt8, new long[] { 2, 4 })]
    [InlineData(0, new long[] { }, TensorType.Fp64, new long[] { })]
    public void Read_RawBody_TakesTheSignaturesShape(int maxBatch, long[] shape, TensorType type, long[] expected)
    {
        using var parsed = Bodies.Read(Floats, 0, Signature(maxBatch, new TensorSignature("only", type, shape))).Value;
        Assert.Equal("only", parsed.Inputs[0].Name);
        Assert.Equal(expected, parsed.Inputs[0].Shape);
        Assert.Equal(Floats, parsed.Inputs[0].Data.ToArray());
        Assert.True(parsed.Forms[0].Binary);
        Assert.True(parsed.Forms[5].Binary);
    }

    [Theory]
    [InlineData(new long[] { 1 })]
    [InlineData(new long[] { -1 })]
    [InlineData(new long[] { -1, 1 })]
    public void Read_RawBytesBody_IsOneElement(long[] shape)
    {
        var signature = Signature(0, new TensorSignature("only", TensorType.Bytes, shape));
        using var parsed = Bodies.Read("hello"u8.ToArray(), 0, signature).Value;
        Assert.Equal(1, parsed.Inputs[0].ElementCount);
        Assert.Equal([5, 0, 0, 0, .. "hello"u8], parsed.Inputs[0].Data.ToArray());
    }

    [Theory]
    [InlineData(new long[] { -1, -1 }, TensorType.Fp32, "at most one variable dimension")]
    [InlineData(new long[] { -1, 3 }, TensorType.Fp32, "a multiple of 12")]
    [InlineData(new long[] { 3 }, TensorType.Fp32, "8 bytes, not 12")]
    [InlineData(new long[] { 2 }, TensorType.Bytes, "one BYTES element")]
    [InlineData(new long[] { 8 }, TensorType.Bool, "BOOL element 2")]
    public void Read_RawBodyThatDoesNotFit_IsTold(long[] shape, TensorType type, string sentence) =>
        Assert.Contains(sentence, Bodies.Error(Bodies.Read(Floats, 0, Signature(0, new TensorSignature("only", type, shape)))));

    [Fact]
    public void Read_RawBodyForTwoInputs_IsTold()
    {
        var input = new TensorSignature("a", TensorType.Fp32, [2]);
        Assert.Contains("needs a model with one input", Bodies.Error(Bodies.Read(Floats, 0, Signature(0, input, input))));
    }

    private static ModelMetadata Signature(int maxBatch, params TensorSignature[] inputs) => new()
    {
        Name = "m", Version = "1", Versions = ["1"], Platform = "onnxruntime_onnx",
        Inputs = inputs, Outputs = [], MaxBatchSize = maxBatch,
    };
}
