using System.Runtime.InteropServices;

namespace Gateway.OpenInference;

/// <summary>BF16: the upper half of a float's bits.</summary>
internal static class BFloat
{
    public static bool IsFinite(ushort bits) => (bits & 0x7F80) != 0x7F80;

    public static float ToSingle(ushort bits) => BitConverter.UInt32BitsToSingle((uint)bits << 16);

    public static float[] ToSingles(ReadOnlySpan<byte> data)
    {
        var bits = MemoryMarshal.Cast<byte, ushort>(data);
        var singles = new float[bits.Length];
        for (var i = 0; i < singles.Length; i++) singles[i] = ToSingle(bits[i]);
        return singles;
    }

    /// <summary>The nearest BF16 of a finite double, ties to even; infinity past its range.</summary>
    public static ushort FromDouble(double value)
    {
        // Rounding to a float first, but to odd (inexact results get their last bit set), keeps which side of a middle the
        // value was on, so that the second rounding sees what the first dropped.
        var single = (float)value;
        var bits = BitConverter.SingleToUInt32Bits(single);
        if (float.IsInfinity(single)) return (ushort)(bits >> 16);
        var magnitude = Math.Abs(value);
        if (Math.Abs((double)single) > magnitude) bits--;
        if (BitConverter.UInt32BitsToSingle(bits) != value) bits |= 1;
        bits += 0x7FFF + (bits >> 16 & 1);
        return (ushort)(bits >> 16);
    }
}
