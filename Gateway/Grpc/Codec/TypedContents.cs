using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using Gateway.Grpc.Messages;
using Gateway.OpenInference;
using Google.Protobuf;
using Google.Protobuf.Collections;
using Serving.Inference;

namespace Gateway.Grpc.Codec;

/// <summary>Turns InferTensorContents into tensor memory. Each datatype has its field; integers must fit their type.</summary>
internal static class TypedContents
{
    public static bool Read(
        ref InferDraft draft, FieldPath path, TensorType type, long[] shape, long elements, InferTensorContents? contents,
        out ReadOnlyMemory<byte> data)
    {
        data = default;
        if (type is TensorType.Fp16 or TensorType.Bf16)
            return draft.Invalid($"{path} is {type.Name()}, which has no field in contents; send raw_input_contents");
        contents ??= new InferTensorContents();
        if (!CheckField(ref draft, path, type, contents, out var count)) return false;
        if (count != elements)
        {
            return draft.Invalid(
                $"{path}.contents has {count} elements, but shape {TensorShape.Format(shape)} needs {elements}");
        }

        if (count == 0) return true;
        if (type == TensorType.Bytes) return ReadBytes(ref draft, path, contents.BytesContents, out data);
        var length = (long)count * type.Size();
        if (length > Array.MaxLength) return draft.Invalid($"{path} has more bytes than a tensor can hold");
        draft.Lease ??= new TensorLease(draft.Pool);
        var memory = draft.Lease.Rent((int)length);
        data = memory;
        var room = memory.Span;
        return type switch
        {
            TensorType.Bool => CopyBooleans(contents.BoolContents, room),
            TensorType.Int8 => Copy(ref draft, path, contents.IntContents, MemoryMarshal.Cast<byte, sbyte>(room)),
            TensorType.Int16 => Copy(ref draft, path, contents.IntContents, MemoryMarshal.Cast<byte, short>(room)),
            TensorType.Int32 => Copy(ref draft, path, contents.IntContents, MemoryMarshal.Cast<byte, int>(room)),
            TensorType.Int64 => Copy(ref draft, path, contents.Int64Contents, MemoryMarshal.Cast<byte, long>(room)),
            TensorType.UInt8 => Copy(ref draft, path, contents.UintContents, room),
            TensorType.UInt16 => Copy(ref draft, path, contents.UintContents, MemoryMarshal.Cast<byte, ushort>(room)),
            TensorType.UInt32 => Copy(ref draft, path, contents.UintContents, MemoryMarshal.Cast<byte, uint>(room)),
            TensorType.UInt64 => Copy(ref draft, path, contents.Uint64Contents, MemoryMarshal.Cast<byte, ulong>(room)),
            TensorType.Fp32 => CopyFloats(contents.Fp32Contents, MemoryMarshal.Cast<byte, float>(room)),
            _ => CopyFloats(contents.Fp64Contents, MemoryMarshal.Cast<byte, double>(room)),
        };
    }

    /// <summary>The number of elements in the type's own field; any other field must be empty.</summary>
    private static bool CheckField(
        ref InferDraft draft, FieldPath path, TensorType type, InferTensorContents contents, out int count)
    {
        var wanted = FieldOf(type);
        count = 0;
        ReadOnlySpan<(string Field, int Count)> fields =
        [
            ("bool_contents", contents.BoolContents.Count), ("int_contents", contents.IntContents.Count),
            ("int64_contents", contents.Int64Contents.Count), ("uint_contents", contents.UintContents.Count),
            ("uint64_contents", contents.Uint64Contents.Count), ("fp32_contents", contents.Fp32Contents.Count),
            ("fp64_contents", contents.Fp64Contents.Count), ("bytes_contents", contents.BytesContents.Count),
        ];
        foreach (var (field, entries) in fields)
        {
            if (field == wanted) count = entries;
            else if (entries > 0)
                return draft.Invalid($"{path} is {type.Name()}, which takes contents.{wanted}; contents.{field} is given");
        }

        return true;
    }

    private static string FieldOf(TensorType type) => type switch
    {
        TensorType.Bool => "bool_contents",
        TensorType.Int8 or TensorType.Int16 or TensorType.Int32 => "int_contents",
        TensorType.Int64 => "int64_contents",
        TensorType.UInt8 or TensorType.UInt16 or TensorType.UInt32 => "uint_contents",
        TensorType.UInt64 => "uint64_contents",
        TensorType.Fp32 => "fp32_contents",
        TensorType.Fp64 => "fp64_contents",
        _ => "bytes_contents",
    };

    private static bool Copy<TWide, T>(ref InferDraft draft, FieldPath path, RepeatedField<TWide> values, Span<T> room)
        where TWide : struct, INumber<TWide>
        where T : struct, INumber<T>, IMinMaxValue<T>
    {
        for (var i = 0; i < room.Length; i++)
        {
            room[i] = T.CreateTruncating(values[i]);
            if (TWide.CreateTruncating(room[i]) != values[i])
            {
                return draft.Invalid(
                    $"{path}.contents has the element {values[i]} at {i}, which is not from {T.MinValue} to {T.MaxValue}");
            }
        }

        return true;
    }

    private static bool CopyFloats<T>(RepeatedField<T> values, Span<T> room)
    {
        for (var i = 0; i < room.Length; i++) room[i] = values[i];
        return true;
    }

    private static bool CopyBooleans(RepeatedField<bool> values, Span<byte> room)
    {
        for (var i = 0; i < room.Length; i++) room[i] = values[i] ? (byte)1 : (byte)0;
        return true;
    }

    private static bool ReadBytes(
        ref InferDraft draft, FieldPath path, RepeatedField<ByteString> values, out ReadOnlyMemory<byte> data)
    {
        data = default;
        var length = 0L;
        foreach (var value in values) length += sizeof(uint) + value.Length;
        if (length > Array.MaxLength) return draft.Invalid($"{path} has more bytes than a tensor can hold");
        draft.Lease ??= new TensorLease(draft.Pool);
        var memory = draft.Lease.Rent((int)length);
        data = memory;
        var room = memory.Span;
        foreach (var value in values)
        {
            BinaryPrimitives.WriteInt32LittleEndian(room, value.Length);
            value.Span.CopyTo(room[sizeof(uint)..]);
            room = room[(sizeof(uint) + value.Length)..];
        }

        return true;
    }
}
