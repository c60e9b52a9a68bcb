using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Gateway.OpenInference;

/// <summary>
/// Reads floats in a row for as long as they are plain: <see cref="IElementFormat{T}.ReadRun"/> of every float type.
/// </summary>
internal static class PlainRun
{
    /// <summary>A number, a comma and a blank.</summary>
    private const int LookAhead = PlainNumber.Reach + 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Read<T, TScale>(ReadOnlySpan<byte> text, ref int position, Span<T> destination, ref int count)
        where T : unmanaged
        where TScale : struct, IPlainScale<T>
    {
        // Without room for a look ahead there would be no place in the text for the last reference.
        if (!PlainNumber.IsSupported || text.Length - position <= LookAhead) return false;
        ref var origin = ref MemoryMarshal.GetReference(text);
        ref var at = ref Unsafe.Add(ref origin, position);
        ref var last = ref Unsafe.Add(ref origin, text.Length - LookAhead);
        var read = count;
        var behind = false;
        while (Unsafe.IsAddressLessThan(ref at, ref last) && (uint)read < (uint)destination.Length)
        {
            var length = PlainNumber.Read(ref at, out var significand, out var fraction);
            if (length == 0 || !TScale.TryScale(significand, fraction, at == (byte)'-', out var value)) break;
            ref var end = ref Unsafe.Add(ref at, length);
            if (end == (byte)',')
            {
                destination[read++] = value;
                at = ref Unsafe.Add(ref end, 1);
                if (at == (byte)' ') at = ref Unsafe.Add(ref at, 1);
                continue;
            }

            behind = end is (byte)']' or (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t';
            if (!behind) break;
            destination[read++] = value;
            at = ref end;
            break;
        }

        position = (int)Unsafe.ByteOffset(ref origin, ref at);
        count = read;
        return behind;
    }
}
