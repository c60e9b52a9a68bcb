namespace Gateway.Http;

/// <summary>What a compressed body may become.</summary>
/// <param name="Bytes">Bytes after decompression.</param>
/// <param name="Ratio">Bytes after decompression for each byte sent, beyond the first megabyte.</param>
internal readonly record struct InflationLimits(int Bytes, int Ratio);
