namespace Gateway.OpenInference;

/// <summary>FP16: the half nearest to the nearest double.</summary>
internal readonly struct Fp16Format : IElementFormat<Half>
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
}
