using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text.Unicode;
using Serving;
using Serving.Inference;

namespace Gateway.OpenInference;

/// <summary>Whether JSON can carry an output: no NaN or Infinity among floats, no bytes that are not text.</summary>
internal static class JsonCarriage
{
    public static ServingError? Check(Tensor output)
    {
        var data = output.Data.Span;
        return output.Type switch
        {
            TensorType.Fp16 when HasNonFinite(MemoryMarshal.Cast<byte, ushort>(data), (ushort)0x7C00) => NotFinite(output),
            TensorType.Bf16 when HasNonFinite(MemoryMarshal.Cast<byte, ushort>(data), (ushort)0x7F80) => NotFinite(output),
            TensorType.Fp32 when HasNonFinite(MemoryMarshal.Cast<byte, uint>(data), 0x7F800000u) => NotFinite(output),
            TensorType.Fp64 when HasNonFinite(MemoryMarshal.Cast<byte, ulong>(data), 0x7FF0000000000000UL) => NotFinite(output),
            TensorType.Bytes => CheckText(output, data),
            _ => null,
        };
    }

    private static ServingError NotFinite(Tensor output) => ServingError.Invalid(
        $"output '{output.Name}' holds NaN or Infinity, which JSON cannot carry; ask for it with binary_data");

    /// <summary>Whether any element has all bits of its exponent set.</summary>
    private static bool HasNonFinite<T>(ReadOnlySpan<T> bits, T exponent)
        where T : unmanaged, IBinaryInteger<T>
    {
        var at = 0;
        if (Vector.IsHardwareAccelerated && bits.Length >= Vector<T>.Count)
        {
            var mask = new Vector<T>(exponent);
            for (; at <= bits.Length - Vector<T>.Count; at += Vector<T>.Count)
                if (Vector.EqualsAny(new Vector<T>(bits[at..]) & mask, mask)) return true;
        }

        for (; at < bits.Length; at++)
            if ((bits[at] & exponent) == exponent) return true;
        return false;
    }

    private static ServingError? CheckText(Tensor output, ReadOnlySpan<byte> data)
    {
        for (var rest = data; !rest.IsEmpty;)
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(rest);
            if (!Utf8.IsValid(rest.Slice(4, length)))
            {
                return ServingError.Invalid(
                    $"output '{output.Name}' holds what is not UTF-8, which JSON cannot carry; ask for it with binary_data");
            }

            rest = rest[(4 + length)..];
        }

        return null;
    }
}
