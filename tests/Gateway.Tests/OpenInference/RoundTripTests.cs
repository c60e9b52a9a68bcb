using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using Gateway.OpenInference;
using Serving.Inference;

namespace Gateway.Tests.OpenInference;

/// <summary>What is written of a tensor, as JSON or as a blob, reads back as the same tensor.</summary>
public sealed class RoundTripTests
{
    private static readonly Dictionary<TensorType, byte[]> Extremes = new()
    {
        [TensorType.Bool] = [0, 1, 1, 0],
        [TensorType.UInt8] = [0, 1, 127, 255],
        [TensorType.UInt16] = [0, 0, 1, 0, 0xFF, 0x7F, 0xFF, 0xFF],
        [TensorType.UInt32] = [0, 0, 0, 0, 1, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF],
        [TensorType.UInt64] = Longs(0, 1, long.MaxValue, -1),
        [TensorType.Int8] = [0, 1, 0x80, 0xFF],
        [TensorType.Int16] = [0, 0, 1, 0, 0, 0x80, 0xFF, 0xFF],
        [TensorType.Int32] = [0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0x80, 0xFF, 0xFF, 0xFF, 0xFF],
        [TensorType.Int64] = Longs(0, long.MinValue, long.MaxValue, -1),
        [TensorType.Fp16] = [0, 0x80, 0x01, 0, 0xFF, 0x7B, 0x66, 0x2E],
        [TensorType.Bf16] = [0, 0x80, 0x01, 0, 0x7F, 0x7F, 0xCD, 0x3D],
        [TensorType.Fp32] = [0, 0, 0, 0x80, 1, 0, 0, 0, 0xFF, 0xFF, 0x7F, 0x7F, 0xCD, 0xCC, 0xCC, 0x3D],
        [TensorType.Fp64] = Longs(long.MinValue, 1, 0x7FEFFFFFFFFFFFFF, 0x3FB999999999999A),
        [TensorType.Bytes] = [0, 0, 0, 0, 2, 0, 0, 0, 0xC3, 0xA9, 1, 0, 0, 0, 0, 4, 0, 0, 0, 0xF0, 0x9F, 0x98, 0x80],
    };

    public static TheoryData<string> Types => [.. Enum.GetValues<TensorType>().Select(type => type.Name())];

    [Theory]
    [MemberData(nameof(Types))]
    public void WriteThenRead_EveryTypeAsJson_GivesTheSameBytes(string name) => AssertRoundTrip(name, OutputForms.Json);

    [Theory]
    [MemberData(nameof(Types))]
    public void WriteThenRead_EveryTypeAsBlob_GivesTheSameBytes(string name) => AssertRoundTrip(name, OutputForms.AllBinary);

    private static void AssertRoundTrip(string name, OutputForms forms)
    {
        Assert.True(TensorTypes.TryParse(name, out var type));
        Tensor[] tensors = [new Tensor("t", type, [2, 2], Extremes[type]), new Tensor("none", type, [0, 7], default)];
        var buffer = new ArrayBufferWriter<byte>();
        var written = InferenceBodyWriter.Write("m", "1", "id-1", tensors, forms, buffer).Value;

        // An answer reads as a request once its outputs are called inputs: of the same length but for one letter.
        var length = (int)written.JsonLength;
        var json = Encoding.UTF8.GetString(buffer.WrittenSpan[..length]).Replace("\"outputs\":", "\"inputs\":");
        var body = Bodies.Join(json, buffer.WrittenSpan[length..].ToArray());
        var outcome = Bodies.Read(body, written.Binary ? written.JsonLength - 1 : null);

        Assert.True(outcome.IsSuccess, outcome.Error?.Message);
        using var parsed = outcome.Value;
        Assert.Equal("id-1", parsed.Id);
        foreach (var (expected, actual) in tensors.Zip(parsed.Inputs))
        {
            Assert.Equal((expected.Name, expected.Type), (actual.Name, actual.Type));
            Assert.Equal(expected.Shape, actual.Shape);
            Assert.Equal(expected.Data.ToArray(), actual.Data.ToArray());
        }
    }

    [Theory]
    [InlineData(TensorType.Fp16, 0x7C00)]
    [InlineData(TensorType.Bf16, 0x7F80)]
    public void WriteThenRead_EveryFiniteHalf_GivesTheSameBits(TensorType type, int infinity)
    {
        var bits = Enumerable.Range(0, 1 << 16).Where(b => (b & infinity) != infinity).Select(b => (ushort)b).ToArray();
        var tensor = new Tensor("t", type, [bits.Length], MemoryMarshal.AsBytes<ushort>(bits).ToArray());
        var buffer = new ArrayBufferWriter<byte>();
        InferenceBodyWriter.Write("m", "1", null, [tensor], OutputForms.Json, buffer);
        using var parsed = Bodies.MustRead(Encoding.UTF8.GetString(buffer.WrittenSpan).Replace("\"outputs\":", "\"inputs\":"));
        Assert.Equal(tensor.Data.ToArray(), parsed.Inputs[0].Data.ToArray());
    }

    private static byte[] Longs(params long[] values) => [.. values.SelectMany(BitConverter.GetBytes)];
}
