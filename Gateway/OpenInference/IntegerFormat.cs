using System.Numerics;
using System.Runtime.CompilerServices;

namespace Gateway.OpenInference;

/// <summary>Every integer type, range-checked. <c>1.0</c> and <c>1e2</c> are integers; <c>1.5</c> is not.</summary>
internal readonly struct IntegerFormat<T> : IElementFormat<T>
    where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DataFault Read(ReadOnlySpan<byte> text, ref int position, out T value)
    {
        var next = DecimalNumber.Scan(text, position, out var number);
        if (next >= 0 && number.Exponent == 0 && number.IsExact)
        {
            if (!TryConvert(number.Significand, number.Negative, out value)) return DataFault.OutOfRange;
            position = next;
            return DataFault.None;
        }

        var at = position;
        var fault = ReadSlowly(text, ref at, next, number.Negative, number.Exponent, out var slow);
        position = at;
        value = slow;
        return fault;
    }

    /// <remarks>By size and sign: the generic conversions box where the compiler does not optimise yet.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryConvert(ulong magnitude, bool negative, out T value)
    {
        var bits = negative ? 0 - magnitude : magnitude;
        value = Unsafe.As<ulong, T>(ref bits);
        var largest = ulong.MaxValue >> 64 - 8 * Unsafe.SizeOf<T>();
        if (T.MinValue < T.Zero) largest = (largest >> 1) + (negative ? 1UL : 0);
        else if (negative) largest = 0;
        return magnitude <= largest;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static DataFault ReadSlowly(
        ReadOnlySpan<byte> text, ref int position, int next, bool negative, int exponent, out T value)
    {
        value = default;
        if (next < 0) return ElementFault.OfNumber(text, ref position, ~next);
        var fault = ExactInteger.Read(text[position..next], exponent, out var magnitude);
        if (fault != DataFault.None) return fault;
        if (!TryConvert(magnitude, negative, out value)) return DataFault.OutOfRange;
        position = next;
        return DataFault.None;
    }
}
