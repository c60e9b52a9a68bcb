namespace Gateway.OpenInference;

/// <summary>BF16, as its 16 bits: the value nearest to the nearest double, ties to even.</summary>
internal readonly struct Bf16Format : IElementFormat<ushort>, IPlainScale<ushort>
{
    public static DataFault Read(ReadOnlySpan<byte> text, ref int position, out ushort value)
    {
        var start = position;
        var fault = Fp64Format.Read(text, ref position, out var wide);
        value = BFloat.FromDouble(wide);
        if (fault != DataFault.None || BFloat.IsFinite(value)) return fault;
        position = start;
        return DataFault.OutOfRange;
    }

    public static bool ReadRun(ReadOnlySpan<byte> text, ref int position, Span<ushort> destination, ref int count) =>
        PlainRun.Read<ushort, PlainNumbers<ushort, Bf16Format>>(text, ref position, destination, ref count);

    public static bool TryScale(ulong significand, int fraction, bool negative, out ushort value)
    {
        var certain = NearestDouble.TryScale(significand, -fraction, negative, out var wide);
        value = BFloat.FromDouble(wide);
        return certain && BFloat.IsFinite(value);
    }
}
