namespace Gateway.Tests.OpenInference.Fuzz;

/// <summary>A small, fast generator whose whole course follows from its seed.</summary>
internal sealed class FuzzRandom(ulong seed)
{
    private ulong state = seed;

    public ulong Next()
    {
        state += 0x9E3779B97F4A7C15;
        var mixed = (state ^ state >> 30) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EB;
        return mixed ^ mixed >> 31;
    }

    /// <summary>From 0 to one less than the bound.</summary>
    public int Below(int bound) => (int)((Next() >> 32) * (uint)bound >> 32);

    /// <summary>True once in so many times.</summary>
    public bool OneIn(int times) => Below(times) == 0;

    /// <summary>Mostly small, at times large: 0 to 2^bits - 1 with every length of number equally likely.</summary>
    public ulong OfAnyLength(int bits)
    {
        var length = Below(bits + 1);
        return length == 0 ? 0 : Next() >> 64 - length;
    }

    public ReadOnlySpan<byte> Pick(byte[][] choices) => choices[Below(choices.Length)];
}
