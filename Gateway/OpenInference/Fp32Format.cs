using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Gateway.OpenInference;

/// <summary>FP32: the float nearest to the decimal number, ties to even.</summary>
internal readonly struct Fp32Format : IElementFormat<float>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DataFault Read(ReadOnlySpan<byte> text, ref int position, out float value)
    {
        var next = DecimalNumber.Scan(text, position, out var number);
        if (next >= 0 && NearestFloat.TryConvert(number, out value))
        {
            position = next;
            return DataFault.None;
        }

        var at = position;
        var fault = ReadSlowly(text, ref at, next, out var slow);
        position = at;
        value = slow;
        return fault;
    }

    public static bool ReadRun(ReadOnlySpan<byte> text, ref int position, Span<float> destination, ref int count)
    {
        if (!PlainNumber.IsSupported) return false;
        ref var origin = ref MemoryMarshal.GetReference(text);
        var last = text.Length - PlainNumber.Reach - 2;
        var at = position;
        var read = count;
        var behind = false;
        while (at < last && (uint)read < (uint)destination.Length)
        {
            ref var first = ref Unsafe.Add(ref origin, at);
            var length = PlainNumber.Read(ref first, out var significand, out var fraction);
            if (length == 0 || !NearestFloat.TryScale(significand, fraction, first == (byte)'-', out var value)) break;
            var gap = PlainNumber.Gap(ref Unsafe.Add(ref first, length));
            if (gap < 0) break;
            destination[read++] = value;
            at += length + gap;
            behind = gap == 0;
            if (behind) break;
        }

        position = at;
        count = read;
        return behind;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static DataFault ReadSlowly(ReadOnlySpan<byte> text, ref int position, int next, out float value)
    {
        value = 0;
        if (next < 0) return ElementFault.OfNumber(text, ref position, ~next);
        value = NearestFloat.Parse(text[position..next]);
        if (!float.IsFinite(value)) return DataFault.OutOfRange;
        position = next;
        return DataFault.None;
    }
}
