using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using Serving.Inference;

namespace Gateway.OpenInference;

/// <summary>
/// Writes a tensor's elements as JSON, flat and separated by commas. Floats take the fewest digits that read back the same.
/// </summary>
internal static class TensorDataWriter
{
    /// <summary>The longest integer and a comma.</summary>
    private const int LongestInteger = 24;

    public static void Write(ref JsonSink sink, Tensor tensor)
    {
        var data = tensor.Data.Span;
        switch (tensor.Type)
        {
            case TensorType.Bool: WriteBooleans(ref sink, data); break;
            case TensorType.Bytes: WriteTexts(ref sink, data); break;
            case TensorType.UInt8: WriteIntegers<byte>(ref sink, data); break;
            case TensorType.UInt16: WriteIntegers<ushort>(ref sink, data); break;
            case TensorType.UInt32: WriteIntegers<uint>(ref sink, data); break;
            case TensorType.UInt64: WriteIntegers<ulong>(ref sink, data); break;
            case TensorType.Int8: WriteIntegers<sbyte>(ref sink, data); break;
            case TensorType.Int16: WriteIntegers<short>(ref sink, data); break;
            case TensorType.Int32: WriteIntegers<int>(ref sink, data); break;
            case TensorType.Int64: WriteIntegers<long>(ref sink, data); break;
            case TensorType.Fp16:
                foreach (var value in MemoryMarshal.Cast<byte, Half>(data)) Write(ref sink, (float)value);
                break;
            case TensorType.Bf16:
                foreach (var bits in MemoryMarshal.Cast<byte, ushort>(data)) Write(ref sink, BFloat.ToSingle(bits));
                break;
            case TensorType.Fp32:
                foreach (var value in MemoryMarshal.Cast<byte, float>(data)) Write(ref sink, value);
                break;
            default:
                foreach (var value in MemoryMarshal.Cast<byte, double>(data)) Write(ref sink, value);
                break;
        }

        // Each element has a comma behind it; the last one's goes.
        if (tensor.ElementCount > 0) sink.Advance(-1);
    }

    private static void WriteBooleans(ref JsonSink sink, ReadOnlySpan<byte> data)
    {
        foreach (var value in data) sink.Raw(value != 0 ? "true,"u8 : "false,"u8);
    }

    private static void WriteTexts(ref JsonSink sink, ReadOnlySpan<byte> data)
    {
        for (var rest = data; !rest.IsEmpty;)
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(rest);
            sink.Text(rest.Slice(4, length));
            sink.Raw((byte)',');
            rest = rest[(4 + length)..];
        }
    }

    private static void WriteIntegers<T>(ref JsonSink sink, ReadOnlySpan<byte> data)
        where T : unmanaged, IBinaryInteger<T>
    {
        foreach (var value in MemoryMarshal.Cast<byte, T>(data))
        {
            var room = sink.Room(LongestInteger);
            value.TryFormat(room, out var written, default, CultureInfo.InvariantCulture);
            room[written] = (byte)',';
            sink.Advance(written + 1);
        }
    }

    private static void Write(ref JsonSink sink, float value)
    {
        var room = sink.Room(FloatText.Longest);
        var written = FloatText.Write(value, room);
        room[written] = (byte)',';
        sink.Advance(written + 1);
    }

    private static void Write(ref JsonSink sink, double value)
    {
        var room = sink.Room(FloatText.Longest);
        var written = FloatText.Write(value, room);
        room[written] = (byte)',';
        sink.Advance(written + 1);
    }
}
