using System.Buffers;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using BenchmarkDotNet.Attributes;
using Gateway.OpenInference;
using Serving.Inference;

namespace Benchmarks.OpenInference;

/// <summary>
/// Request bodies into tensors and answers into JSON. Divide by <see cref="Numbers"/> for the cost of a number with its share
/// of the structure. <see cref="Form"/> is how the numbers are written: as people do (<c>0.5123</c>), with the fewest digits
/// of a float, or as Python prints a float32 that became a double (<c>0.8444218635559082</c>).
/// </summary>
[MemoryDiagnoser]
public class BodyCodecBenchmarks
{
    private readonly InferenceBodyReader reader = new(ReadLimits.Default, new NameTable(), TensorPool.Shared);
    private readonly ArrayBufferWriter<byte> written = new(1 << 20);
    private ReadOnlySequence<byte> body;
    private Tensor[] answer = [];

    [Params(4, 784, 12288)]
    public int Numbers { get; set; }

    [Params("short", "shortest", "python")]
    public string Form { get; set; } = "short";

    [GlobalSetup]
    public void SetUp()
    {
        var random = new Random(1);
        var values = new float[Numbers];
        var data = new StringBuilder();
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = Form == "short" ? MathF.Round(random.NextSingle(), 4) : random.NextSingle();
            if (i > 0) data.Append(',');
            if (Form == "python") data.Append(CultureInfo.InvariantCulture, $"{(double)values[i]:R}");
            else data.Append(CultureInfo.InvariantCulture, $"{values[i]:R}");
        }

        body = new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(
            $$"""{"inputs":[{"name":"input","shape":[1,{{Numbers}}],"datatype":"FP32","data":[{{data}}]}]}"""));
        answer = [new Tensor("scores", TensorType.Fp32, [1, Numbers], MemoryMarshal.AsBytes<float>(values).ToArray())];
    }

    [Benchmark]
    public void ReadJson() => reader.Read(body, null, "m", null, bodyOutlivesRequest: true).Value.Dispose();

    [Benchmark]
    public long WriteJson()
    {
        written.ResetWrittenCount();
        return InferenceBodyWriter.Write("m", "1", null, answer, OutputForms.Json, written).Value.Length;
    }
}
