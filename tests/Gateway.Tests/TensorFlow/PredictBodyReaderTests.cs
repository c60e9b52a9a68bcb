using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using Gateway.OpenInference;
using Gateway.TensorFlow;
using Serving;
using Serving.Inference;
using Serving.Models;

namespace Gateway.Tests.TensorFlow;

public sealed class PredictBodyReaderTests
{
    private static readonly PredictBodyReader Reader = new(ReadLimits.Default, new NameTable(), TensorPool.Shared);

    [Theory]
    [InlineData("""{"instances":[[1,2],[3,4],[5,6]]}""", 3, "3,2", "1 2 3 4 5 6")]
    [InlineData("""{"instances":[{"x":[1,2]},{"x":[3,4]}]}""", 2, "2,2", "1 2 3 4")]
    [InlineData("""{"instances":[1,2,3]}""", 3, "3", "1 2 3")]
    [InlineData("""{"instances":[[[1],[2]]]}""", 1, "1,2,1", "1 2")]
    [InlineData("""{"instances":[[],[]]}""", 2, "2,0", "")]
    [InlineData("""{"inputs":[[1,2],[3,4]]}""", null, "2,2", "1 2 3 4")]
    [InlineData("""{"inputs":{"x":[[1,2]]}}""", null, "1,2", "1 2")]
    [InlineData("""{"inputs":7}""", null, "", "7")]
    [InlineData("""{"signature_name":"serving_default","instances":[[1,2]],"unknown":{"a":[1]}}""", 1, "1,2", "1 2")]
    [InlineData("""{"instances":[[1,2]],"signature_name":""}""", 1, "1,2", "1 2")]
    [InlineData("""{"instances":[[NaN,-Infinity],[Infinity,1e-3]]}""", 2, "2,2", "NaN -Infinity Infinity 0.001")]
    public void Read_Floats_StacksValues(string body, int? rows, string shape, string elements)
    {
        var parsed = Read(body, TensorFlowCall.Predict, Signatures.X()).Value;

        using var inference = parsed.Inference;
        var tensor = Assert.Single(inference.Inputs);
        Assert.Equal((rows, "x", TensorType.Fp32), (parsed.Rows, tensor.Name, tensor.Type));
        Assert.Equal((shape, elements), (string.Join(',', tensor.Shape), Floats(tensor)));
    }

    [Fact]
    public void Read_NamedRows_MakesATensorOfEachInput()
    {
        var parsed = Read(
            """{"instances":[{"x":[1,2],"note":"a\u00e9"},{"note":{"b64":"AP8="},"x":[3,4]}]}""",
            TensorFlowCall.Predict, Signatures.X(), Signatures.Note()).Value;

        using var inference = parsed.Inference;
        Assert.Equal(["1 2 3 4"], inference.Inputs.Take(1).Select(Floats));
        Assert.Equal([2L], inference.Inputs[1].Shape);
        Assert.Equal([3, 0, 0, 0, (byte)'a', 0xC3, 0xA9, 2, 0, 0, 0, 0, 0xFF], inference.Inputs[1].Data.ToArray());
    }

    [Fact]
    public void Read_OptionalInputLeftOut_LeavesItOut()
    {
        var parsed = Read("""{"instances":[[1,2]]}""", TensorFlowCall.Predict, Signatures.X(), Signatures.Note(optional: true)).Value;

        using var inference = parsed.Inference;
        Assert.Equal("x", Assert.Single(inference.Inputs).Name);
    }

    [Fact]
    public void Read_ManyRows_GrowsWithThem()
    {
        var body = $$"""{"instances":[{{string.Join(',', Enumerable.Range(0, 5000).Select(i => $"[{i},0]"))}}]}""";

        var parsed = Read(body, TensorFlowCall.Predict, Signatures.X()).Value;

        using var inference = parsed.Inference;
        var values = MemoryMarshal.Cast<byte, float>(inference.Inputs[0].Data.Span);
        Assert.Equal((10_000, 4999f), (values.Length, values[9998]));
    }

    [Theory]
    [InlineData("""{"examples":[{"x":[1,2]},{"x":[3,4]}]}""", "2,2", "1 2 3 4")]
    [InlineData("""{"examples":[{}],"context":{"x":[1,2]}}""", "1,2", "1 2")]
    [InlineData("""{"context":{"x":[1,2]},"examples":[{},{}]}""", "2,2", "1 2 1 2")]
    public void Read_Examples_MakesFeatures(string body, string shape, string elements)
    {
        var parsed = Read(body, TensorFlowCall.Classify, Signatures.X()).Value;

        using var inference = parsed.Inference;
        var tensor = Assert.Single(inference.Inputs);
        Assert.Equal((shape, elements), (string.Join(',', tensor.Shape), Floats(tensor)));
    }

    [Theory]
    [InlineData("1", 1, "1")]
    [InlineData("[1]", 1, "1")]
    [InlineData("1", 2, "1,1")]
    [InlineData("[1]", 2, "1,1")]
    public void Read_FeatureOfOneElement_TakesTheSignaturesShape(string value, int rank, string shape)
    {
        var signature = rank == 1 ? Signatures.X(TensorType.Fp32, -1) : Signatures.X(TensorType.Fp32, -1, 1);

        var parsed = Read($$"""{"examples":[{"x":{{value}}}]}""", TensorFlowCall.Regress, signature).Value;

        using var inference = parsed.Inference;
        Assert.Equal(shape, string.Join(',', inference.Inputs[0].Shape));
    }

    [Theory]
    [InlineData("", "the request body is empty; send a JSON object with instances, or inputs")]
    [InlineData("[]", "the request body must be an object")]
    [InlineData("{}", "the request body must have instances, or inputs")]
    [InlineData("""{"instances":[[1,2]],"inputs":[[1,2]]}""", "instances and inputs are given; send one of them")]
    [InlineData("""{"instances":[1],"instances":[1]}""", "instances is given twice")]
    [InlineData("""{"instances":[]}""", "instances is empty; send at least one")]
    [InlineData("""{"instances":7}""", "instances must be an array")]
    [InlineData("""{"signature_name":"other","instances":[[1,2]]}""", "signature_name may only be serving_default: a model has one signature here")]
    [InlineData("""{"instances":[[1,2],[3]]}""", "instances[1] is ragged: dimension 1 of input 'x' has 1 elements where it had 2 before")]
    [InlineData("""{"instances":[[1,2],3]}""", "instances[1] is ragged: the values of input 'x' are not all nested equally deep")]
    [InlineData("""{"instances":[1,[2]]}""", "instances[1] is ragged: the values of input 'x' are not all nested equally deep")]
    [InlineData("""{"inputs":[[],1]}""", "inputs is ragged: the values of input 'x' are not all nested equally deep")]
    [InlineData("""{"instances":[[1,2],{"x":[1,2]}]}""", "instances[1] is an object, but those before it are not; send all alike")]
    [InlineData("""{"instances":[{"x":[1,2]},[1,2]]}""", "instances[1] is a plain value, but those before it are not; send all alike")]
    [InlineData("""{"instances":[{"y":1}]}""", "instances[0] has 'y', which is no input; the inputs are x")]
    [InlineData("""{"instances":[{"x":1,"x":2}]}""", "instances[0].x is given twice")]
    [InlineData("""{"instances":[{"x":1},{}]}""", "instances[1] has no 'x'; the inputs are x")]
    [InlineData("""{"inputs":{}}""", "inputs has no 'x'; the inputs are x")]
    [InlineData("""{"instances":[["a",2]]}""", "instances[0] holds \"a\", but input 'x' is FP32")]
    [InlineData("""{"instances":[[1e99,2]]}""", "instances[0] holds 1e99, which is outside the range of FP32")]
    [InlineData("""{"instances":[[1,2]""", "the request body is not valid JSON: it ends where ',' or ']' should follow")]
    [InlineData("""{"instances":[[1,2]]} x""", "the request body is not valid JSON: expected nothing behind the body's object at byte 22")]
    public void Read_Faulty_TellsTheField(string body, string sentence)
    {
        var outcome = Read(body, TensorFlowCall.Predict, Signatures.X());

        Assert.Equal(ServingError.Invalid(sentence), outcome.Error);
    }

    [Theory]
    [InlineData(TensorType.Int32, "1.5", "instances[0] holds 1.5, but input 'x' is INT32, which holds whole numbers")]
    [InlineData(TensorType.UInt8, "256", "instances[0] holds 256, which is outside the range of UINT8")]
    [InlineData(TensorType.Int64, "NaN", "instances[0] holds NaN, but input 'x' is INT64")]
    [InlineData(TensorType.Bytes, "1", "instances[0] holds 1, but input 'x' is BYTES")]
    [InlineData(TensorType.Bytes, """{"b64":"?"}""", "instances[0] has a b64 that is not base64")]
    [InlineData(TensorType.Bytes, "\"\\ud800\"", "instances[0] is not valid Unicode text; send bytes as {\"b64\": \"...\"}")]
    public void Read_FaultyElement_TellsTheType(TensorType type, string element, string sentence)
    {
        var outcome = Read($$"""{"instances":[{{element}}]}""", TensorFlowCall.Predict, Signatures.X(type));

        Assert.Equal(ServingError.Invalid(sentence), outcome.Error);
    }

    [Theory]
    [InlineData("""{"instances":[[1,2]]}""", "instances[0] must be an object with a value for each input; the inputs are x, note")]
    [InlineData("""{"instances":[{"x":1},{"x":1,"note":"a"}]}""", "instances[1].note is given, but was not in the 1 before")]
    [InlineData("""{"instances":[{"x":1,"note":"a"},{"x":1}]}""", "instances[1] has no 'note'; the inputs are x, note")]
    public void Read_TwoInputs_WantsBoth(string body, string sentence)
    {
        var outcome = Read(body, TensorFlowCall.Predict, Signatures.X(), Signatures.Note());

        Assert.Equal(ServingError.Invalid(sentence), outcome.Error);
    }

    [Theory]
    [InlineData("""{"instances":[[1,2]]}""", "the request body must have examples")]
    [InlineData("""{"examples":[[1,2]]}""", "examples[0] must be an object")]
    [InlineData("""{"examples":[{"x":[1,2]}],"context":{"x":[1,2]}}""", "context.x is given twice")]
    [InlineData("""{"examples":[{"x":[1,2]},{"x":1}]}""", "examples[1].x is ragged: it has one element where those before have 2")]
    [InlineData("""{"context":7,"examples":[{"x":[1,2]}]}""", "context must be an object")]
    public void Read_FaultyExamples_TellsTheField(string body, string sentence)
    {
        var outcome = Read(body, TensorFlowCall.Classify, Signatures.X());

        Assert.Equal(ServingError.Invalid(sentence), outcome.Error);
    }

    [Fact]
    public void Read_AnyPrefixOfABody_IsRefusedWithASentence()
    {
        const string body = """{"instances":[{"x":[1,-2.5e1],"note":{"b64":"AP8="}},{"note":"\u00e9","x":[NaN,3]}],"signature_name":""}""";
        for (var length = 0; length < body.Length; length++)
        {
            var outcome = Read(body[..length], TensorFlowCall.Predict, Signatures.X(), Signatures.Note());
            Assert.Equal(ErrorCode.InvalidRequest, outcome.Error?.Code);
        }
    }

    [Fact]
    public void Read_DeepNesting_IsRefused()
    {
        var outcome = Read($"{{\"inputs\":{new string('[', 100_000)}", TensorFlowCall.Predict, Signatures.X());

        Assert.Equal("inputs has more than 32 levels of nesting", outcome.Error?.Message);
    }

    private static Outcome<ParsedPredict> Read(string body, TensorFlowCall call, params TensorSignature[] inputs) =>
        Reader.Read(new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(body)), Signatures.Of(inputs), call);

    private static string Floats(Tensor tensor) =>
        string.Join(' ', MemoryMarshal.Cast<byte, float>(tensor.Data.Span).ToArray());
}
