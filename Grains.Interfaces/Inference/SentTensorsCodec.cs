using System.Buffers;
using System.Text;
using Orleans.Serialization;
using Orleans.Serialization.Buffers;
using Orleans.Serialization.Codecs;
using Orleans.Serialization.WireProtocol;
using Serving.Inference;

namespace Grains.Inference;

/// <summary>
/// Tensors on the wire: one run of bytes with a length before it, that a reader without this codec can skip. Their count; then for each
/// its name, type, rank, dimensions and data. Counts and lengths are of 32 bits, dimensions of 64, names and data have their length before them. A
/// generated codec writes a field for every member and remembers every object, in case it comes again.
/// </summary>
[RegisterSerializer]
internal sealed class SentTensorsCodec : IFieldCodec<SentTensors>
{
    /// <summary>Bytes of a tensor without name, dimensions and data: type, rank and two lengths.</summary>
    private const int Smallest = 1 + 3 * sizeof(int);

    void IFieldCodec<SentTensors>.WriteField<TBufferWriter>(ref Writer<TBufferWriter> writer, uint fieldIdDelta, Type? expectedType, SentTensors? value)
    {
        if (value is null)
        {
            ReferenceCodec.WriteNullReference(ref writer, fieldIdDelta);
            return;
        }

        ReferenceCodec.MarkValueField(writer.Session);
        writer.WriteFieldHeader(fieldIdDelta, expectedType, typeof(SentTensors), WireType.LengthPrefixed);
        writer.WriteVarUInt32(checked((uint)Length(value.Tensors)));
        writer.WriteInt32(value.Tensors.Length);
        foreach (var tensor in value.Tensors)
        {
            var name = Encoding.UTF8.GetByteCount(tensor.Name);
            writer.WriteInt32(name);
            writer.EnsureContiguous(name);
            writer.AdvanceSpan(Encoding.UTF8.GetBytes(tensor.Name, writer.WritableSpan));
            writer.WriteByte((byte)tensor.Type);
            writer.WriteInt32(tensor.Shape.Length);
            foreach (var dimension in tensor.Shape) writer.WriteInt64(dimension);
            writer.WriteInt32(tensor.Data.Length);
            writer.Write(tensor.Data.Span);
        }
    }

    SentTensors IFieldCodec<SentTensors>.ReadValue<TInput>(ref Reader<TInput> reader, Field field)
    {
        if (field.WireType == WireType.Reference) return ReferenceCodec.ReadReference<SentTensors, TInput>(ref reader, field)!;
        ReferenceCodec.MarkValueField(reader.Session);
        var length = reader.ReadVarUInt32();
        reader.EnsureAvailable(length);
        var count = reader.ReadUInt32();
        if (count > length / Smallest) throw Malformed();
        var tensors = new Tensor[count];
        for (var i = 0; i < tensors.Length; i++)
        {
            var name = Encoding.UTF8.GetString(ReadBytes(ref reader));
            var type = (TensorType)reader.ReadByte();
            var rank = reader.ReadUInt32();
            if (rank > length / sizeof(long)) throw Malformed();
            var shape = rank == 0 ? [] : new long[rank];
            for (var d = 0; d < shape.Length; d++) shape[d] = reader.ReadInt64();
            tensors[i] = new Tensor(name, type, shape, ReadBytes(ref reader));
        }

        return new SentTensors(tensors);
    }

    private static byte[] ReadBytes<TInput>(ref Reader<TInput> reader)
    {
        var length = reader.ReadUInt32();
        reader.EnsureAvailable(length);
        var bytes = GC.AllocateUninitializedArray<byte>((int)length);
        reader.ReadBytes(bytes);
        return bytes;
    }

    private static long Length(Tensor[] tensors)
    {
        long length = sizeof(int);
        foreach (var tensor in tensors)
            length += Smallest + Encoding.UTF8.GetByteCount(tensor.Name) + sizeof(long) * tensor.Shape.Length + tensor.Data.Length;
        return length;
    }

    private static InvalidDataException Malformed() => new("these are not the bytes of tensors");
}
