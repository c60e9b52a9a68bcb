using System.Text;
using Gateway.OpenInference;
using Serving.Inference;

namespace Gateway.Tests.OpenInference;

/// <summary>Every kind of malformed request: refused as bad input, with a sentence that names the field.</summary>
public sealed class BadRequestTests
{
    [Theory]
    [InlineData("", "the request body is empty; send a JSON object with inputs")]
    [InlineData("   ", "the request body is not valid JSON: it ends where a value should follow")]
    [InlineData("[]", "the request body must be an object")]
    [InlineData("{", "the request body is not valid JSON: it ends where a name in double quotes should follow")]
    [InlineData("{}", "inputs is missing")]
    [InlineData("{\"inputs\":[]", "the request body is not valid JSON: it ends where ',' or '}' should follow")]
    [InlineData("{\"inputs\":[]}x", "the request body is not valid JSON: expected nothing at byte 13")]
    [InlineData("{\"inputs\":[]}\0", "the request body is not valid JSON: expected nothing at byte 13")]
    [InlineData("{\"inputs\":[],}", "the request body is not valid JSON: expected a name in double quotes at byte 13")]
    [InlineData("{\"inputs\" []}", "the request body is not valid JSON: expected ':' at byte 10")]
    [InlineData("{inputs:[]}", "the request body is not valid JSON: expected a name in double quotes at byte 1")]
    [InlineData("{\"inputs\":[],\"x\":tru}", "the request body is not valid JSON: expected a value at byte 17")]
    [InlineData("{\"inputs\":[],\"x\":[1 2]}", "the request body is not valid JSON: expected ',' or ']' at byte 20")]
    [InlineData("{\"inputs\":[],\"x\":{\"a\":1,}}", "the request body is not valid JSON: expected a string at byte 24")]
    [InlineData("{\"inputs\":[],\"x\":\"\\q\"}", "the request body is not valid JSON: expected an escape such as \\n or \\u00e9 at byte 18")]
    [InlineData("{\"inputs\":[],\"x\":\"\\u12g4\"}", "the request body is not valid JSON: expected an escape such as \\n or \\u00e9 at byte 18")]
    [InlineData("{\"inputs\":[],\"x\":\"\n\"}", "the request body is not valid JSON: expected no control character in a string at byte 18")]
    [InlineData("{\"inputs\":[],\"x\":\"open}", "the request body is not valid JSON: it ends where '\"' at the end of a string should follow")]
    [InlineData("{\"inputs\":{}}", "inputs must be an array")]
    [InlineData("{\"inputs\":null}", "inputs must be an array")]
    [InlineData("{\"inputs\":[],\"inputs\":[]}", "inputs is given twice")]
    [InlineData("{\"inputs\":[],\"\\u0069nputs\":[]}", "inputs is given twice")]
    [InlineData("{\"inputs\":[],\"outputs\":{}}", "outputs must be an array")]
    [InlineData("{\"inputs\":[],\"outputs\":[],\"outputs\":[]}", "outputs is given twice")]
    [InlineData("{\"inputs\":[],\"parameters\":[]}", "parameters must be an object")]
    [InlineData("{\"inputs\":[],\"parameters\":{},\"parameters\":{}}", "parameters is given twice")]
    [InlineData("{\"inputs\":[],\"id\":7}", "id must be a string")]
    [InlineData("{\"inputs\":[],\"id\":\"\\ud800\"}", "id is not valid Unicode")]
    [InlineData("{\"inputs\":[],\"id\":\"\\udc00\\ud800\"}", "id is not valid Unicode")]
    [InlineData("{\"inputs\":[],\"id\":\"a\",\"id\":\"b\"}", "id is given twice")]
    [InlineData("{\"inputs\":[1]}", "inputs[0] must be an object")]
    [InlineData("{\"inputs\":[{},]}", "inputs[0].name is missing")]
    public void Read_BadStructure_IsTold(string json, string sentence) => Assert.Equal(sentence, Bodies.Error(json));

    [Theory]
    [InlineData("""{"shape":[1],"datatype":"FP32","data":[1]}""", "inputs[1].name is missing")]
    [InlineData("""{"name":"x","datatype":"FP32","data":[1]}""", "inputs[1].shape is missing")]
    [InlineData("""{"name":"x","shape":[1],"data":[1]}""", "inputs[1].datatype is missing")]
    [InlineData("""{"name":"x","shape":[1],"datatype":"FP32"}""", "inputs[1].data is missing, and there is no parameters.binary_data_size")]
    [InlineData("""{"name":"","shape":[1],"datatype":"FP32","data":[1]}""", "inputs[1].name is empty")]
    [InlineData("""{"name":7,"shape":[1],"datatype":"FP32","data":[1]}""", "inputs[1].name must be a string")]
    [InlineData("""{"name":"x","name":"y","shape":[1],"datatype":"FP32","data":[1]}""", "inputs[1].name is given twice")]
    [InlineData("""{"name":"x","shape":[1],"shape":[1],"datatype":"FP32","data":[1]}""", "inputs[1].shape is given twice")]
    [InlineData("""{"name":"x","shape":[1],"datatype":"FP32","datatype":"FP32","data":[1]}""", "inputs[1].datatype is given twice")]
    [InlineData("""{"name":"x","shape":[1],"datatype":"FP32","data":[1],"data":[1]}""", "inputs[1].data is given twice")]
    [InlineData("""{"name":"first","shape":[1],"datatype":"FP32","data":[1]}""", "inputs[1].name: input 'first' is given twice")]
    [InlineData("""{"name":"x","shape":1,"datatype":"FP32","data":[1]}""", "inputs[1].shape must be an array")]
    [InlineData("""{"name":"x","shape":[-1],"datatype":"FP32","data":[1]}""", "inputs[1].shape[0] is -1; a dimension cannot be negative")]
    [InlineData("""{"name":"x","shape":[1,1.5],"datatype":"FP32","data":[1]}""", "inputs[1].shape[1] must be a whole number of at most 63 bits")]
    [InlineData("""{"name":"x","shape":["1"],"datatype":"FP32","data":[1]}""", "inputs[1].shape[0] must be a whole number of at most 63 bits")]
    [InlineData("""{"name":"x","shape":[9223372036854775808],"datatype":"FP32","data":[1]}""", "inputs[1].shape[0] must be a whole number of at most 63 bits")]
    [InlineData("""{"name":"x","shape":[4294967296,4294967296],"datatype":"FP32","data":[1]}""", "inputs[1].shape [4294967296,4294967296] has more elements than a tensor can hold")]
    [InlineData("""{"name":"x","shape":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1],"datatype":"FP32","data":[1]}""", "inputs[1].shape has more than 32 dimensions")]
    [InlineData("""{"name":"x","shape":[1],"datatype":"FLOAT","data":[1]}""",
        "inputs[1].datatype is not one of BOOL, UINT8, UINT16, UINT32, UINT64, INT8, INT16, INT32, INT64, FP16, BF16, FP32, FP64, BYTES")]
    [InlineData("""{"name":"x","shape":[1],"datatype":32,"data":[1]}""", "inputs[1].datatype must be a string")]
    [InlineData("""{"name":"x","shape":[2],"datatype":"FP32","data":[1]}""", "inputs[1].data has 1 elements, but shape [2] needs 2")]
    [InlineData("""{"name":"x","shape":[2],"datatype":"FP32","data":[1,2,3]}""", "inputs[1].data has 3 elements, but shape [2] needs 2")]
    [InlineData("""{"name":"x","shape":[2],"datatype":"FP32","data":[]}""", "inputs[1].data has 0 elements, but shape [2] needs 2")]
    [InlineData("""{"name":"x","shape":[2],"datatype":"FP32","data":1}""", "inputs[1].data has 1 elements, but shape [2] needs 2")]
    [InlineData("""{"name":"x","shape":[0],"datatype":"INT8","data":[1]}""", "inputs[1].data has 1 elements, but shape [0] needs 0")]
    [InlineData("""{"name":"x","shape":[2],"datatype":"BYTES","data":["a"]}""", "inputs[1].data has 1 elements, but shape [2] needs 2")]
    [InlineData("""{"name":"x","shape":[1],"datatype":"BYTES","data":["a","b"]}""", "inputs[1].data has 2 elements, but shape [1] needs 1")]
    [InlineData("""{"data":[1,2,3],"name":"x","shape":[2],"datatype":"FP32"}""", "inputs[1].data has 3 elements, but shape [2] needs 2")]
    [InlineData("""{"name":"x","shape":[1000000000],"datatype":"FP64","data":[1,2,3]}""", "inputs[1].data has 3 elements, but shape [1000000000] needs 1000000000")]
    [InlineData("""{"name":"x","shape":[9223372036854775807],"datatype":"BYTES","data":["a"]}""",
        "inputs[1].data has 1 elements, but shape [9223372036854775807] needs 9223372036854775807")]
    [InlineData("""{"name":"x","shape":[3,2],"datatype":"FP32","data":[[1,2,3],[4,5,6]]}""",
        "inputs[1].data is nested otherwise than shape [3,2]: after element 3 the arrays differ")]
    [InlineData("""{"name":"x","shape":[2,2],"datatype":"FP32","data":[[1,2],[3],[4]]}""",
        "inputs[1].data is nested otherwise than shape [2,2]: after element 3 the arrays differ")]
    [InlineData("""{"name":"x","shape":[2,2],"datatype":"FP32","data":[[1,2],3,4]}""",
        "inputs[1].data is nested otherwise than shape [2,2]: after element 2 the arrays differ")]
    [InlineData("""{"name":"x","shape":[2,2],"datatype":"FP32","data":[1,2,[3,4]]}""",
        "inputs[1].data is nested otherwise than shape [2,2]: after element 2 the arrays differ")]
    [InlineData("""{"name":"x","shape":[2,2],"datatype":"BYTES","data":[["a"],["b","c","d"]]}""",
        "inputs[1].data is nested otherwise than shape [2,2]: after element 4 the arrays differ")]
    [InlineData("""{"name":"x","shape":[2,2],"datatype":"BYTES","data":[["a","b"],"c","d"]}""",
        "inputs[1].data is nested otherwise than shape [2,2]: after element 2 the arrays differ")]
    [InlineData("""{"name":"x","shape":[1],"datatype":"BYTES","data":["\ud83d"]}""", "inputs[1].data[0] is not valid Unicode text; send the input as binary data")]
    [InlineData("""{"name":"x","shape":[1],"datatype":"FP32","data":[1],"parameters":[]}""", "inputs[1].parameters must be an object")]
    [InlineData("""{"name":"x","shape":[1],"datatype":"FP32","data":[1],"parameters":{"binary_data_size":4}}""",
        "inputs[1] has both data and parameters.binary_data_size; send one of them")]
    [InlineData("""{"name":"x","shape":[1],"datatype":"FP32","parameters":{"binary_data_size":"4"}}""",
        "inputs[1].parameters.binary_data_size must be a whole number of bytes, not negative")]
    [InlineData("""{"name":"x","shape":[1],"datatype":"FP32","parameters":{"shared_memory_region":"r"}}""",
        "inputs[1].parameters asks for shared memory, which is not supported here; send the data with the request")]
    public void Read_BadInput_NamesTheField(string input, string sentence) => Assert.Equal(
        sentence, Bodies.Error($$"""{"inputs":[{"name":"first","shape":[1],"datatype":"FP32","data":[1]},{{input}}]}"""));

    [Theory]
    [InlineData("""[7]""", "outputs[0] must be an object")]
    [InlineData("""[{}]""", "outputs[0].name is missing")]
    [InlineData("""[{"name":"a"},{"name":""}]""", "outputs[1].name is empty")]
    [InlineData("""[{"name":"a"},{"name":"a"}]""", "outputs[1].name: output 'a' is asked for twice")]
    [InlineData("""[{"name":"a","name":"b"}]""", "outputs[0].name is given twice")]
    [InlineData("""[{"name":"a","parameters":7}]""", "outputs[0].parameters must be an object")]
    [InlineData("""[{"name":"a","parameters":{"binary_data":1}}]""", "outputs[0].parameters.binary_data must be true or false")]
    [InlineData("""[{"name":"a","parameters":{"classification":-1}}]""", "outputs[0].parameters.classification must be a whole number of classes, not negative")]
    [InlineData("""[{"name":"a","parameters":{"classification":1.5}}]""", "outputs[0].parameters.classification must be a whole number of classes, not negative")]
    [InlineData("""[{"name":"a","parameters":{"shared_memory_region":"r"}}]""", "outputs[0].parameters asks for shared memory, which is not supported here")]
    public void Read_BadOutput_NamesTheField(string outputs, string sentence) =>
        Assert.Equal(sentence, Bodies.Error($$"""{"inputs":[],"outputs":{{outputs}}}"""));

    [Theory]
    [InlineData("""{"triton_enable_empty_final_response":true}""", "parameters.triton_enable_empty_final_response is reserved: keys may not start with 'triton_'")]
    [InlineData("""{"\u0074riton_x":1}""", "parameters.triton_x is reserved: keys may not start with 'triton_'")]
    [InlineData("""{"a":null}""", "parameters.a must be a string, a number or a boolean")]
    [InlineData("""{"a":{"b":1}}""", "parameters.a must be a string, a number or a boolean")]
    [InlineData("""{"a":[1]}""", "parameters.a must be a string, a number or a boolean")]
    [InlineData("""{"a":1,"a":2}""", "parameters.a is given twice")]
    [InlineData("""{"":1}""", "a key of parameters is empty")]
    [InlineData("""{"priority":-1}""", "parameters.priority must be a whole number from 0 to 2147483647")]
    [InlineData("""{"priority":4294967296}""", "parameters.priority must be a whole number from 0 to 2147483647")]
    [InlineData("""{"priority":"1"}""", "parameters.priority must be a whole number from 0 to 2147483647")]
    [InlineData("""{"timeout":-1}""", "parameters.timeout must be a whole number of microseconds from 0 to 922337203685477580")]
    [InlineData("""{"timeout":1e3}""", "parameters.timeout must be a whole number of microseconds from 0 to 922337203685477580")]
    [InlineData("""{"binary_data_output":"true"}""", "parameters.binary_data_output must be true or false")]
    [InlineData("""{"sequence_start":1}""", "parameters.sequence_start must be true or false")]
    [InlineData("""{"sequence_id":1.5}""", "parameters.sequence_id must be a string or a whole number of at most 64 bits")]
    public void Read_BadParameter_NamesIt(string parameters, string sentence) =>
        Assert.Equal(sentence, Bodies.Error($$"""{"inputs":[],"parameters":{{parameters}}}"""));

    [Theory]
    [InlineData("x")]
    [InlineData("data")]
    public void Read_TooDeepNesting_IsTold(string member)
    {
        string Nested(int depth) => new string('[', depth) + new string(']', depth);
        string Body(int depth) => member == "x"
            ? $$"""{"inputs":[],"x":{{Nested(depth)}}}"""
            : Bodies.Request("FP32", "[0]", Nested(depth));
        var deepest = member == "x" ? 63 : 61;
        Bodies.MustRead(Body(deepest)).Dispose();
        Assert.Contains("64", Bodies.Error(Body(deepest + 1)));
        Assert.Contains("64", Bodies.Error(Body(100_000)));
    }

    [Fact]
    public void Read_InvalidUtf8_IsToldWhereItMatters()
    {
        static string Error(ReadOnlySpan<byte> before, ReadOnlySpan<byte> after) =>
            Bodies.Error(Bodies.Read([.. before, 0xC3, 0x28, .. after], null));
        Assert.Equal("id is not valid UTF-8", Error("{\"inputs\":[],\"id\":\""u8, "\"}"u8));
        Assert.Equal("inputs[0].name is not valid UTF-8", Error("{\"inputs\":[{\"name\":\""u8, "\"}]}"u8));
        Assert.Equal("inputs[0].data[1] is not valid Unicode text; send the input as binary data",
            Error("{\"inputs\":[{\"name\":\"x\",\"shape\":[2],\"datatype\":\"BYTES\",\"data\":[\"a\",\""u8, "\"]}]}"u8));
    }

    [Fact]
    public void Read_MoreThanTheLimits_IsTold()
    {
        var reader = new InferenceBodyReader(
            new ReadLimits { MaxInputs = 1, MaxOutputs = 1, MaxParameters = 1, MaxNameBytes = 4, MaxTextBytes = 6, MaxRank = 2 },
            new NameTable(), new TensorPool(0));
        string Error(string json) =>
            Bodies.Error(reader.Read(Bodies.Whole(Encoding.UTF8.GetBytes(json)), null, "m", null, false));
        const string input = """{"name":"x","shape":[1],"datatype":"FP32","data":[1]}""";
        Assert.Equal("inputs has more than 1 entries", Error($$"""{"inputs":[{{input}},{}]}"""));
        Assert.Equal("outputs has more than 1 entries", Error("""{"inputs":[],"outputs":[{"name":"a"},{"name":"b"}]}"""));
        Assert.Equal("parameters has more than 1 entries", Error("""{"inputs":[],"parameters":{"a":1,"b":1}}"""));
        Assert.Equal("inputs[0].name is longer than 4 bytes", Error("""{"inputs":[{"name":"names"}]}"""));
        Assert.Equal("inputs[0].name is longer than 4 bytes", Error("""{"inputs":[{"name":"name\u0073"}]}"""));
        Assert.Equal("id is longer than 6 bytes", Error("""{"inputs":[],"id":"1234567"}"""));
        Assert.Equal("parameters.a is longer than 6 bytes", Error("""{"inputs":[],"parameters":{"a":1234567}}"""));
        Assert.Equal("inputs[0].shape has more than 2 dimensions", Error("""{"inputs":[{"shape":[1,1,1]}]}"""));
    }

    [Fact]
    public void Read_ClaimsOfManyElements_AllocateByTheBodysLength()
    {
        var reader = new InferenceBodyReader(ReadLimits.Default, new NameTable(), new TensorPool(0));
        string[] claims =
        [
            """{"inputs":[{"name":"x","shape":[1000000000],"datatype":"FP64","data":[1,2,3]}]}""",
            """{"inputs":[{"name":"x","shape":[1000000000],"datatype":"BYTES","data":["a"]}]}""",
            """{"inputs":[{"data":[1],"name":"x","shape":[4611686018427387904],"datatype":"INT64"}]}""",
            """{"inputs":[{"name":"x","shape":[1000000000],"datatype":"FP64","parameters":{"binary_data_size":8000000000}}]}""",
        ];
        foreach (var claim in claims)
        {
            var body = Bodies.Whole(Encoding.UTF8.GetBytes(claim));
            reader.Read(body, claim.Length, "m", null, false);
            var before = GC.GetAllocatedBytesForCurrentThread();
            Assert.False(reader.Read(body, claim.Length, "m", null, false).IsSuccess);
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4096);
        }
    }
}
