namespace Gateway.OpenInference;

/// <summary>BF16, as its 16 bits: the value nearest to the nearest double, ties to even.</summary>
internal readonly struct Bf16Format : IElementFormat<ushort>
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
}
