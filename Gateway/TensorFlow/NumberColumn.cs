using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Gateway.OpenInference;

namespace Gateway.TensorFlow;

/// <summary>Elements of fixed size. Floats may also be the tokens <c>NaN</c>, <c>Infinity</c> and <c>-Infinity</c>.</summary>
internal sealed class NumberColumn<T, TFormat> : ElementColumn
    where T : unmanaged
    where TFormat : struct, IElementFormat<T>
{
    public override DataFault Read(ref BodyState state)
    {
        ref var cursor = ref state.Cursor;
        var fault = TFormat.Read(cursor.Text, ref cursor.Position, out var value);
        if (fault == DataFault.NotFinite && TryReadToken(ref cursor, out value)) fault = DataFault.None;
        if (fault != DataFault.None) return fault;
        if (!Reserve(ref state, Unsafe.SizeOf<T>())) return DataFault.OutOfRange;
        MemoryMarshal.Write(Block.Span[Written..], value);
        Written += Unsafe.SizeOf<T>();
        Count++;
        return DataFault.None;
    }

    private static bool TryReadToken(ref JsonCursor cursor, out T value)
    {
        var text = cursor.Text[cursor.Position..];
        var (number, length) = text.StartsWith("NaN"u8) ? (float.NaN, 3)
            : text.StartsWith("Infinity"u8) ? (float.PositiveInfinity, 8)
            : text.StartsWith("-Infinity"u8) ? (float.NegativeInfinity, 9)
            : (0f, 0);
        if (length == 0 || !TryHold(number, out value))
        {
            value = default;
            return false;
        }

        cursor.Position += length;
        return true;
    }

    private static bool TryHold(float number, out T value)
    {
        object? held = default(TFormat) switch
        {
            Fp16Format => (object)(Half)number,
            Bf16Format => (ushort)(BitConverter.SingleToUInt32Bits(number) >> 16),
            Fp32Format => number,
            Fp64Format => (double)number,
            _ => null,
        };
        value = held is T fit ? fit : default;
        return held is not null;
    }
}
