namespace Gateway.OpenInference;

/// <summary>FP16: the half nearest to the nearest double.</summary>
internal readonly struct Fp16Format : IElementFormat<Half>, IPlainScale<Half>
{
    public static DataFault Read(ReadOnlySpan<byte> text, ref int position, out Half value)
    {
        var start = position;
        var fault = Fp64Format.Read(text, ref position, out var wide);
        value = (Half)wide;
        if (fault != DataFault.None || Half.IsFinite(value)) return fault;
        position = start;
        return DataFault.OutOfRange;
    }

    public static bool ReadRun(ReadOnlySpan<byte> text, ref int position, Span<Half> destination, ref int count) =>
        PlainRun.Read<Half, PlainNumbers<Half, Fp16Format>>(text, ref position, destination, ref count);

    public static bool TryScale(ulong significand, int fraction, bool negative, out Half value)
    {
        var certain = NearestDouble.TryScale(significand, -fraction, negative, out var wide);
        value = (Half)wide;
        return certain && Half.IsFinite(value);
    }
}
