namespace Gateway.OpenInference;

/// <summary>The integer that a number with a point, an exponent or many digits stands for.</summary>
internal static class ExactInteger
{
    /// <param name="number">The number as written, its grammar checked.</param>
    /// <param name="exponent">Its power of ten, as <see cref="DecimalNumber"/> has it.</param>
    /// <param name="magnitude">Its absolute value.</param>
    public static DataFault Read(ReadOnlySpan<byte> number, int exponent, out ulong magnitude)
    {
        // Trailing zeros are counted, not multiplied in, so that 1.000000000000000000000 stays small.
        magnitude = 0;
        var zeros = 0;
        var tooLarge = false;
        foreach (var value in number)
        {
            if ((value | 0x20) == 'e') break;
            var digit = (uint)value - '0';
            if (digit > 9) continue;
            if (digit == 0)
            {
                zeros++;
                continue;
            }

            tooLarge |= !TryScale(ref magnitude, zeros + 1) || ulong.MaxValue - magnitude < digit;
            magnitude += digit;
            zeros = 0;
            if (tooLarge) magnitude = 1;
        }

        if (magnitude == 0) return DataFault.None;
        if (exponent + zeros < 0) return DataFault.NotIntegral;
        return !tooLarge && TryScale(ref magnitude, exponent + zeros) ? DataFault.None : DataFault.OutOfRange;
    }

    private static bool TryScale(ref ulong value, int power)
    {
        if (value == 0) return true;
        for (; power > 0; power--)
        {
            if (value > ulong.MaxValue / 10) return false;
            value *= 10;
        }

        return true;
    }
}
