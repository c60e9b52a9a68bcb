using System.Buffers.Binary;
using System.Buffers.Text;
using System.Runtime.InteropServices;
using System.Text.Unicode;
using Gateway.OpenInference;
using Serving.Inference;

namespace Gateway.TensorFlow;

/// <summary>
/// An output as nested JSON, a piece at a time and in order. NaN and infinities are the tokens <c>NaN</c>, <c>Infinity</c> and
/// <c>-Infinity</c>, which TensorFlow Serving's clients read. Bytes are base64 where the output's name ends in <c>_bytes</c>,
/// or where one of its elements is not text.
/// </summary>
internal sealed class OutputText(Tensor tensor)
{
    private readonly bool base64 = tensor.Type == TensorType.Bytes && (tensor.Name.EndsWith("_bytes", StringComparison.Ordinal) || !IsText(tensor));

    /// <summary>Where the next element begins.</summary>
    private int at;

    public Tensor Tensor => tensor;

    /// <summary>Writes the next elements, as many as the shape has, in its nesting.</summary>
    public void Write(ref JsonSink sink, scoped ReadOnlySpan<long> shape)
    {
        if (shape.IsEmpty)
        {
            WriteElement(ref sink);
            return;
        }

        sink.Raw((byte)'[');
        for (var i = 0L; i < shape[0]; i++)
        {
            if (i > 0) sink.Raw((byte)',');
            Write(ref sink, shape[1..]);
        }

        sink.Raw((byte)']');
    }

    private void WriteElement(ref JsonSink sink)
    {
        var data = tensor.Data.Span[at..];
        at += tensor.Type.Size();
        switch (tensor.Type)
        {
            case TensorType.Bool: sink.Raw(data[0] != 0 ? "true"u8 : "false"u8); break;
            case TensorType.Bytes: WriteBytes(ref sink, data); break;
            case TensorType.UInt8: sink.Integer(data[0]); break;
            case TensorType.UInt16: sink.Integer(MemoryMarshal.Read<ushort>(data)); break;
            case TensorType.UInt32: sink.Integer(MemoryMarshal.Read<uint>(data)); break;
            case TensorType.UInt64: WriteUnsigned(ref sink, MemoryMarshal.Read<ulong>(data)); break;
            case TensorType.Int8: sink.Integer((sbyte)data[0]); break;
            case TensorType.Int16: sink.Integer(MemoryMarshal.Read<short>(data)); break;
            case TensorType.Int32: sink.Integer(MemoryMarshal.Read<int>(data)); break;
            case TensorType.Int64: sink.Integer(MemoryMarshal.Read<long>(data)); break;
            case TensorType.Fp16: WriteFloat(ref sink, (float)MemoryMarshal.Read<Half>(data)); break;
            case TensorType.Bf16: WriteFloat(ref sink, BFloat.ToSingle(MemoryMarshal.Read<ushort>(data))); break;
            case TensorType.Fp32: WriteFloat(ref sink, MemoryMarshal.Read<float>(data)); break;
            default: WriteDouble(ref sink, MemoryMarshal.Read<double>(data)); break;
        }
    }

    private void WriteBytes(ref JsonSink sink, ReadOnlySpan<byte> data)
    {
        var length = BinaryPrimitives.ReadInt32LittleEndian(data);
        at += sizeof(int) + length;
        var bytes = data.Slice(sizeof(int), length);
        if (!base64)
        {
            sink.Text(bytes);
            return;
        }

        // In pieces of whole groups of three, so that no padding falls between them.
        const int Piece = 1536;
        sink.Raw("{\"b64\":\""u8);
        for (var rest = bytes; !rest.IsEmpty;)
        {
            var piece = rest[..Math.Min(Piece, rest.Length)];
            Base64.EncodeToUtf8(piece, sink.Room(Base64.GetMaxEncodedToUtf8Length(piece.Length)), out _, out var written);
            sink.Advance(written);
            rest = rest[piece.Length..];
        }

        sink.Raw("\"}"u8);
    }

    private static void WriteUnsigned(ref JsonSink sink, ulong value)
    {
        Utf8Formatter.TryFormat(value, sink.Room(20), out var written);
        sink.Advance(written);
    }

    private static void WriteFloat(ref JsonSink sink, float value)
    {
        if (float.IsFinite(value)) sink.Advance(FloatText.Write(value, sink.Room(FloatText.Longest)));
        else WriteToken(ref sink, value);
    }

    private static void WriteDouble(ref JsonSink sink, double value)
    {
        if (double.IsFinite(value)) sink.Advance(FloatText.Write(value, sink.Room(FloatText.Longest)));
        else WriteToken(ref sink, value);
    }

    private static void WriteToken(ref JsonSink sink, double value) =>
        sink.Raw(double.IsNaN(value) ? "NaN"u8 : value > 0 ? "Infinity"u8 : "-Infinity"u8);

    private static bool IsText(Tensor tensor)
    {
        for (var rest = tensor.Data.Span; !rest.IsEmpty;)
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(rest);
            if (!Utf8.IsValid(rest.Slice(sizeof(int), length))) return false;
            rest = rest[(sizeof(int) + length)..];
        }

        return true;
    }
}
