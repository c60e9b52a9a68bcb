using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using Gateway.OpenInference;
using Serving;
using Serving.Inference;

namespace Gateway.Tests.OpenInference;

public sealed class InferenceBodyWriterTests
{
    [Fact]
    public void Write_JsonOutputs_IsTheWholeAnswer()
    {
        Tensor[] outputs =
        [
            Of("label", TensorType.Bytes, [2], [1, 0, 0, 0, (byte)'a', 3, 0, 0, 0, .. "\"\n\u0001"u8]),
            Of("scores", TensorType.Fp32, [1, 3], MemoryMarshal.AsBytes<float>([0.5f, 3, -1e-9f]).ToArray()),
            Of("none", TensorType.Int32, [0], []),
        ];
        var (json, written) = Write("iris", "2", "r-1", outputs, OutputForms.Json);
        Assert.Equal(
            """{"model_name":"iris","model_version":"2","id":"r-1","outputs":["""
            + """{"name":"label","datatype":"BYTES","shape":[2],"data":["a","\"\n\u0001"]},"""
            + """{"name":"scores","datatype":"FP32","shape":[1,3],"data":[0.5,3.0,-1e-9]},"""
            + """{"name":"none","datatype":"INT32","shape":[0],"data":[]}]}""",
            json);
        Assert.Equal(new WrittenBody(json.Length, json.Length, false), written);
    }

    [Fact]
    public void Write_BinaryAndJsonOutputs_PutsBlobsBehindTheJson()
    {
        Tensor[] outputs =
        [
            Of("a", TensorType.Fp32, [1], [0, 0, 0x80, 0x7F]),
            Of("b", TensorType.Bool, [2], [1, 0]),
            Of("c", TensorType.Bytes, [1], [1, 0, 0, 0, 0xFF]),
        ];
        var forms = new OutputForms([new(true, 0), new(false, 0), new(true, 0)], false);
        var (text, written) = Write("m", "1", null, outputs, forms);
        const string json = """{"model_name":"m","model_version":"1","outputs":["""
            + """{"name":"a","datatype":"FP32","shape":[1],"parameters":{"binary_data_size":4}},"""
            + """{"name":"b","datatype":"BOOL","shape":[2],"data":[true,false]},"""
            + """{"name":"c","datatype":"BYTES","shape":[1],"parameters":{"binary_data_size":5}}]}""";
        Assert.Equal(json + Encoding.Latin1.GetString([0, 0, 0x80, 0x7F, 1, 0, 0, 0, 0xFF]), text);
        Assert.Equal(new WrittenBody(json.Length, json.Length + 9, true), written);
    }

    [Theory]
    [InlineData(TensorType.Fp16, new byte[] { 0, 0x7C })]
    [InlineData(TensorType.Bf16, new byte[] { 0x80, 0xFF })]
    [InlineData(TensorType.Fp32, new byte[] { 0, 0, 0xC0, 0x7F })]
    [InlineData(TensorType.Fp64, new byte[] { 0, 0, 0, 0, 0, 0, 0xF0, 0xFF })]
    public void Write_NonFiniteAsJson_IsRefusedAndWritesNothing(TensorType type, byte[] element)
    {
        for (var position = 0; position < 40; position++)
        {
            var data = new byte[40 * element.Length];
            element.CopyTo(data, position * element.Length);
            var buffer = new ArrayBufferWriter<byte>();
            var outcome = InferenceBodyWriter.Write("m", "1", null, [Of("x", type, [40], data)], OutputForms.Json, buffer);
            Assert.Equal(ErrorCode.InvalidRequest, outcome.Error!.Code);
            Assert.Contains("output 'x' holds NaN or Infinity", outcome.Error.Message);
            Assert.Equal(0, buffer.WrittenCount);
        }
    }

    [Fact]
    public void Write_BytesThatAreNoText_AreRefusedAsJson()
    {
        var output = Of("x", TensorType.Bytes, [1], [1, 0, 0, 0, 0xFF]);
        var outcome = InferenceBodyWriter.Write("m", "1", null, [output], OutputForms.Json, new ArrayBufferWriter<byte>());
        Assert.Contains("binary_data", outcome.Error!.Message);
    }

    [Fact]
    public void Write_LongTensor_CrossesPieces()
    {
        var values = Enumerable.Range(0, 100_000).Select(i => i * 0.37f).ToArray();
        var output = Of("x", TensorType.Fp32, [100_000], MemoryMarshal.AsBytes<float>(values).ToArray());
        var (json, _) = Write("m", "1", null, [output], OutputForms.Json);
        using var document = System.Text.Json.JsonDocument.Parse(json);
        var data = document.RootElement.GetProperty("outputs")[0].GetProperty("data");
        Assert.Equal(values, data.EnumerateArray().Select(e => e.GetSingle()));
    }

    private static Tensor Of(string name, TensorType type, long[] shape, byte[] data) => new(name, type, shape, data);

    private static (string Body, WrittenBody Written) Write(
        string model, string version, string? id, Tensor[] outputs, OutputForms forms)
    {
        var buffer = new ArrayBufferWriter<byte>();
        var outcome = InferenceBodyWriter.Write(model, version, id, outputs, forms, buffer);
        Assert.True(outcome.IsSuccess, outcome.Error?.Message);
        Assert.Equal(outcome.Value.Length, buffer.WrittenCount);
        return (Encoding.Latin1.GetString(buffer.WrittenSpan), outcome.Value);
    }
}
