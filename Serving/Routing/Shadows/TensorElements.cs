using System.Buffers.Binary;
using Serving.Inference;

namespace Serving.Routing.Shadows;

/// <summary>Single elements of a tensor's data.</summary>
internal static class TensorElements
{
    public static bool IsFloat(TensorType type) => type is TensorType.Fp16 or TensorType.Bf16 or TensorType.Fp32 or TensorType.Fp64;

    /// <summary>The number at a place; whole numbers of more than 53 bits are rounded. Not for BYTES.</summary>
    public static double Number(TensorType type, ReadOnlySpan<byte> data, int index)
    {
        var at = data[(index * type.Size())..];
        return type switch
        {
            TensorType.Bool or TensorType.UInt8 => at[0],
            TensorType.Int8 => (sbyte)at[0],
            TensorType.UInt16 => BinaryPrimitives.ReadUInt16LittleEndian(at),
            TensorType.Int16 => BinaryPrimitives.ReadInt16LittleEndian(at),
            TensorType.UInt32 => BinaryPrimitives.ReadUInt32LittleEndian(at),
            TensorType.Int32 => BinaryPrimitives.ReadInt32LittleEndian(at),
            TensorType.UInt64 => BinaryPrimitives.ReadUInt64LittleEndian(at),
            TensorType.Int64 => BinaryPrimitives.ReadInt64LittleEndian(at),
            TensorType.Fp16 => (double)BinaryPrimitives.ReadHalfLittleEndian(at),
            TensorType.Bf16 => BitConverter.Int32BitsToSingle(BinaryPrimitives.ReadUInt16LittleEndian(at) << 16),
            TensorType.Fp32 => BinaryPrimitives.ReadSingleLittleEndian(at),
            TensorType.Fp64 => BinaryPrimitives.ReadDoubleLittleEndian(at),
            _ => throw new ArgumentOutOfRangeException(nameof(type), type, "BYTES elements are not numbers."),
        };
    }

    /// <summary>The bytes that the next elements take, lengths of BYTES elements included.</summary>
    public static int LengthOf(TensorType type, ReadOnlySpan<byte> data, int elements)
    {
        if (type != TensorType.Bytes) return elements * type.Size();
        var length = 0;
        for (var i = 0; i < elements; i++) length += sizeof(int) + BinaryPrimitives.ReadInt32LittleEndian(data[length..]);
        return length;
    }
}
