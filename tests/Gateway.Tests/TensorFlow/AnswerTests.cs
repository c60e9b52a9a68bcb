using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using Gateway.TensorFlow;
using Serving;
using Serving.Inference;

namespace Gateway.Tests.TensorFlow;

public sealed class AnswerTests
{
    [Fact]
    public void Write_OneOutputByRows_DropsItsName() =>
        Assert.Equal("""{"predictions":[[1.5,NaN],[Infinity,-Infinity]]}""", Predict(2, Floats("y", [2, 2], 1.5f, float.NaN, float.PositiveInfinity, float.NegativeInfinity)));

    [Fact]
    public void Write_ScalarRows_AreNotNested() => Assert.Equal("""{"predictions":[1.0,2.0]}""", Predict(2, Floats("y", [2], 1, 2)));

    [Fact]
    public void Write_TwoOutputs_AreNamed()
    {
        var first = Floats("y", [2, 1], 1, 2);
        var second = new Tensor("label", TensorType.Int64, [2], MemoryMarshal.AsBytes<long>([long.MinValue, 7]).ToArray());

        Assert.Equal("""{"predictions":[{"y":[1.0],"label":-9223372036854775808},{"y":[2.0],"label":7}]}""", Predict(2, first, second));
        Assert.Equal("""{"outputs":{"y":[[1.0],[2.0]],"label":[-9223372036854775808,7]}}""", Predict(null, first, second));
    }

    [Fact]
    public void Write_Whole_KeepsTheShape() => Assert.Equal("""{"outputs":[[1.0],[2.0]]}""", Predict(null, Floats("y", [2, 1], 1, 2)));

    [Fact]
    public void Write_Scalar_StandsAlone() => Assert.Equal("""{"outputs":1.0}""", Predict(null, Floats("y", [], 1)));

    [Fact]
    public void Write_EmptyDimension_IsAnEmptyArray() => Assert.Equal("""{"predictions":[[],[]]}""", Predict(2, Floats("y", [2, 0])));

    [Theory]
    [InlineData("text", "QQ==", """{"outputs":["A"]}""")]
    [InlineData("text", "AP8=", """{"outputs":[{"b64":"AP8="}]}""")]
    [InlineData("image_bytes", "QQ==", """{"outputs":[{"b64":"QQ=="}]}""")]
    public void Write_Bytes_AreBase64WhereTextCannotCarryThem(string name, string base64, string expected)
    {
        var bytes = Convert.FromBase64String(base64);

        Assert.Equal(expected, Predict(null, new Tensor(name, TensorType.Bytes, [1], (byte[])[(byte)bytes.Length, 0, 0, 0, .. bytes])));
    }

    [Fact]
    public void Write_LongBytes_AreOneBase64()
    {
        byte[] bytes = [.. Enumerable.Range(0, 5000).Select(i => (byte)i)];
        byte[] data = [.. BitConverter.GetBytes(bytes.Length), .. bytes];

        var text = Predict(null, new Tensor("x_bytes", TensorType.Bytes, [], data));

        Assert.Equal($$$"""{"outputs":{"b64":"{{{Convert.ToBase64String(bytes)}}}"}}""", text);
    }

    [Fact]
    public void Write_OutputWithoutRows_IsRefused()
    {
        var error = PredictAnswer.Write([Floats("y", [3], 1, 2, 3)], 2, new ArrayBufferWriter<byte>());

        Assert.Equal("output 'y' has shape [3], which is not one row for each of 2 instances; ask with inputs instead of instances", error?.Message);
    }

    [Fact]
    public void WriteClasses_Labels_PairWithScores()
    {
        var body = new ArrayBufferWriter<byte>();
        var label = new Tensor("label", TensorType.Int64, [2], new byte[16]);

        Assert.Null(ResultsAnswer.WriteClasses([label, Floats("scores", [2, 3], 1, 2, 3, 4, 5, 6)], Signatures.Of(), 2, body));

        Assert.Equal("""{"results":[[["low",1.0],["high",2.0],["2",3.0]],[["low",4.0],["high",5.0],["2",6.0]]]}""", Text(body));
    }

    [Fact]
    public void WriteClasses_NoScores_IsUnsupported() => Assert.Equal(
        ErrorCode.Unsupported, ResultsAnswer.WriteClasses([Floats("y", [2], 1, 2)], Signatures.Of(), 2, new ArrayBufferWriter<byte>())?.Code);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void WriteNumbers_OneFloatARow_IsTheResult(bool column)
    {
        var body = new ArrayBufferWriter<byte>();

        Assert.Null(ResultsAnswer.WriteNumbers([Floats("y", column ? [2, 1] : [2], 1, 2)], Signatures.Of(), 2, body));

        Assert.Equal("""{"results":[1.0,2.0]}""", Text(body));
    }

    [Fact]
    public void WriteNumbers_TwoCandidates_IsUnsupported() => Assert.Equal(
        ErrorCode.Unsupported,
        ResultsAnswer.WriteNumbers([Floats("y", [1], 1), Floats("z", [1], 1)], Signatures.Of(), 1, new ArrayBufferWriter<byte>())?.Code);

    private static string Predict(int? rows, params Tensor[] outputs)
    {
        var body = new ArrayBufferWriter<byte>();
        Assert.Null(PredictAnswer.Write(outputs, rows, body));
        return Text(body);
    }

    private static Tensor Floats(string name, long[] shape, params float[] values) =>
        new(name, TensorType.Fp32, shape, MemoryMarshal.AsBytes<float>(values).ToArray());

    private static string Text(ArrayBufferWriter<byte> body) => Encoding.UTF8.GetString(body.WrittenSpan);
}
