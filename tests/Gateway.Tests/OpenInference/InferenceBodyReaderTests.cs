using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using Gateway.OpenInference;
using Serving.Inference;

namespace Gateway.Tests.OpenInference;

public sealed class InferenceBodyReaderTests
{
    [Fact]
    public void Read_OneFloatInput_GivesItsTensor()
    {
        using var parsed = Bodies.MustRead("""
            {"id":"a1","inputs":[{"name":"x","shape":[1,4],"datatype":"FP32","data":[5.1, 3.5,1.4e0 ,-0.2]}]}
            """);
        var tensor = Assert.Single(parsed.Inputs);
        Assert.Equal("a1", parsed.Id);
        Assert.Equal("x", tensor.Name);
        Assert.Equal([1L, 4L], tensor.Shape);
        Assert.Equal([5.1f, 3.5f, 1.4f, -0.2f], MemoryMarshal.Cast<byte, float>(tensor.Data.Span).ToArray());
        Assert.Empty(parsed.Outputs);
        Assert.False(parsed.Forms[0].Binary);
    }

    [Theory]
    [InlineData("[[1,2],[3,4],[5,6]]", "[3,2]")]
    [InlineData("[1,2,3,4,5,6]", "[3,2]")]
    [InlineData("[[[1,2,3,4,5,6]]]", "[3,2]")]
    [InlineData("[[1,2,3],[4,5,6]]", "[1,2,3]")]
    [InlineData("[[1],[2],[3],[4],[5],[6]]", "[6]")]
    [InlineData(" [ [1 ,\t2 ] ,\r\n [ 3,4],[5,6 ]\n] ", "[3,2]")]
    public void Read_EvenlyNestedData_IsRowMajor(string data, string shape)
    {
        using var parsed = Bodies.MustRead(Bodies.Request("INT32", shape, data));
        Assert.Equal([1, 2, 3, 4, 5, 6], MemoryMarshal.Cast<byte, int>(parsed.Inputs[0].Data.Span).ToArray());
    }

    [Theory]
    [InlineData("[]", "[7.5]")]
    [InlineData("[]", "7.5")]
    [InlineData("[1]", "7.5")]
    [InlineData("[1,1]", "[[7.5]]")]
    public void Read_Scalar_GivesOneElement(string shape, string data)
    {
        using var parsed = Bodies.MustRead(Bodies.Request("FP64", shape, data));
        Assert.Equal([7.5], MemoryMarshal.Cast<byte, double>(parsed.Inputs[0].Data.Span).ToArray());
    }

    [Theory]
    [InlineData("[0]", "[]")]
    [InlineData("[0,4]", "[]")]
    [InlineData("[2,0]", "[[],[]]")]
    [InlineData("[2,0,3]", "[[],[]]")]
    [InlineData("[3,0]", "[]")]
    [InlineData("[0,4611686018427387904,4611686018427387904]", "[]")]
    public void Read_ZeroSizedShape_GivesNoElements(string shape, string data)
    {
        foreach (var type in new[] { "FP32", "BYTES", "BOOL" })
        {
            using var parsed = Bodies.MustRead(Bodies.Request(type, shape, data));
            Assert.Equal(0, parsed.Inputs[0].Data.Length);
            Assert.Equal(0, parsed.Inputs[0].ElementCount);
        }
    }

    [Theory]
    [InlineData("""{"data":[[1,2],[3,4]],"name":"x","shape":[2,2],"datatype":"FP32"}""")]
    [InlineData("""{"name":"x","data":[1,2,3,4],"shape":[2,2],"datatype":"FP32"}""")]
    [InlineData("""{"name":"x","shape":[2,2],"data":[1,2,3,4],"datatype":"FP32","extra":{"a":[1,{"b":null}]}}""")]
    [InlineData("""{"n\u0061me":"\u0078","sh\u0061pe":[2,2],"datatype":"FP32","parameters":{"whatever":[1]},"data":[1,2,3,4]}""")]
    public void Read_MembersInAnyOrder_AreUnderstood(string input)
    {
        using var parsed = Bodies.MustRead($$"""{"model_name":"m","inputs":[{{input}}]}""");
        Assert.Equal("x", parsed.Inputs[0].Name);
        Assert.Equal([1f, 2f, 3f, 4f], MemoryMarshal.Cast<byte, float>(parsed.Inputs[0].Data.Span).ToArray());
    }

    [Theory]
    [InlineData("\"\"", "")]
    [InlineData("\"plain\"", "plain")]
    [InlineData("""
        "quote \" slash \\ \/ \b\f\n\r\t"
        """, "quote \" slash \\ / \b\f\n\r\t")]
    [InlineData("\"\\u00e9 \\ud83d\\ude00 \\u0000\"", "é 😀 \0")]
    [InlineData("\"é😀\"", "é😀")]
    public void Read_BytesElement_IsItsTextAsUtf8(string json, string expected)
    {
        using var parsed = Bodies.MustRead(Bodies.Request("BYTES", "[2]", $"[{json}, \"end\"]"));
        var utf8 = Encoding.UTF8.GetBytes(expected);
        byte[] wanted = [.. BitConverter.GetBytes(utf8.Length), .. utf8, 3, 0, 0, 0, .. "end"u8];
        Assert.Equal(wanted, parsed.Inputs[0].Data.ToArray());
    }

    [Fact]
    public void Read_Outputs_KeepTheirOrderAndForms()
    {
        using var parsed = Bodies.MustRead("""
            {"outputs":[{"name":"b"},{"name":"a","parameters":{"binary_data":false,"classification":3}},
                {"name":"c","parameters":null}],
             "parameters":{"binary_data_output":true},"inputs":[]}
            """);
        Assert.Equal(["b", "a", "c"], parsed.Outputs.Select(o => o.Name));
        Assert.Equal([new(true, 0), new(false, 3), new(true, 0)], [parsed.Forms[0], parsed.Forms[1], parsed.Forms[2]]);
        Assert.Empty(parsed.Parameters);
    }

    [Fact]
    public void Read_Parameters_AreKeptAndUnderstood()
    {
        using var parsed = Bodies.MustRead("""
            {"id":null,"outputs":null,"inputs":[],"parameters":{"priority":2,"timeout":1500,
             "sequence_id":18446744073709551615,"sequence_start":true,"tenant":"ac\u006de","ratio":-1.50e2}}
            """);
        Assert.Null(parsed.Id);
        Assert.Equal(2, parsed.Priority);
        Assert.Equal(TimeSpan.FromMilliseconds(1.5), parsed.Timeout);
        Assert.Equal("acme", parsed.Parameter("tenant"));
        Assert.Equal("-1.50e2", parsed.Parameter("ratio"));
        Assert.Equal("true", parsed.Parameter("sequence_start"));
        Assert.Equal("18446744073709551615", parsed.Parameter("sequence_id"));
        Assert.Null(parsed.Parameter("nothing"));
    }

    [Fact]
    public void Read_SameNames_AreTheSameStrings()
    {
        const string json = """{"inputs":[{"name":"the name","shape":[1],"datatype":"FP32","data":[1]}]}""";
        using var first = Bodies.MustRead(json);
        using var second = Bodies.MustRead(json);
        Assert.Same(first.Inputs[0].Name, second.Inputs[0].Name);
    }

    [Fact]
    public void ToRequest_CarriesEverythingAndTheMemory()
    {
        var parsed = Bodies.MustRead("""
            {"inputs":[{"name":"x","shape":[1],"datatype":"FP32","data":[1]}],"parameters":{"priority":7,"timeout":9}}
            """);
        using var request = parsed.ToRequest("m", "2", "id", null, null);
        Assert.Same(parsed.Inputs, request.Inputs);
        Assert.Same(parsed.Lease, request.Lease);
        Assert.Equal((7, TimeSpan.FromMicroseconds(9)), (request.Priority, request.Timeout));
        Assert.Equal(("m", "2", "id"), (request.Model, request.Version, request.Id));
    }

    [Fact]
    public void Read_SmallRequest_StaysWithinItsAllocationBudget()
    {
        const int Budget = 600;
        var body = Bodies.Whole(Encoding.UTF8.GetBytes(
            """{"id":"0f8fad5b-d9cb-469f","inputs":[{"name":"input","shape":[1,4],"datatype":"FP32","data":[5.1,3.5,1.4,0.2]}]}"""));
        var reader = new InferenceBodyReader(ReadLimits.Default, new NameTable(), new TensorPool(1 << 16));
        for (var i = 0; i < 100; i++) Read();
        var before = GC.GetAllocatedBytesForCurrentThread();
        Read();
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 1, Budget);

        void Read()
        {
            var parsed = reader.Read(body, null, "m", null, true).Value;
            parsed.ToRequest("m", null, parsed.Id!, null, null).Dispose();
        }
    }
}
