using System.Numerics;

namespace Serving.Routing;

/// <summary>
/// One fixed layout for latency histograms, so that counts from any node, at any time, add up exactly: whole microseconds, 32
/// buckets per doubling (a bucket is at most 3.2 % wide), from 0 to 71 minutes; what is longer falls into the last one.
/// </summary>
internal static class LatencyBuckets
{
    public const int Count = (LargestOctave - SubBits + 1) * SubBuckets + SubBuckets;
    private const int SubBits = 5;
    private const int SubBuckets = 1 << SubBits;
    private const int LargestOctave = 31;

    /// <summary>The bucket a latency falls into.</summary>
    public static int IndexOf(TimeSpan latency)
    {
        var micros = latency.Ticks / TimeSpan.TicksPerMicrosecond;
        if (micros < SubBuckets) return (int)Math.Max(micros, 0);
        var octave = BitOperations.Log2((ulong)micros);
        if (octave > LargestOctave) return Count - 1;
        return (octave - SubBits + 1) * SubBuckets + ((int)(micros >> (octave - SubBits)) & (SubBuckets - 1));
    }

    /// <summary>The shortest latency in a bucket, in milliseconds; of <see cref="Count"/>, the end of the last one.</summary>
    public static double StartMs(int index)
    {
        var micros = index < SubBuckets ? index : (long)(SubBuckets + index % SubBuckets) << (index / SubBuckets - 1);
        return micros / 1000.0;
    }
}
