using System.Numerics;
using System.Runtime.InteropServices;
using Serving.Batching;

namespace Serving.Caching;

/// <summary>
/// A quick 64-bit hash of a request's inputs and wanted outputs, with a seed of the process so that nobody outside can aim at
/// one table slot. It only finds candidates; equality is decided by the bytes.
/// </summary>
internal static class InputHash
{
    private const ulong Odd = 0x9E3779B97F4A7C15;

    public static ulong Of(PendingInference request, ulong seed)
    {
        var hash = seed;
        foreach (var output in request.Outputs) hash = Mix(hash, (uint)output);
        foreach (var input in request.Inputs)
        {
            foreach (var dimension in input.Shape) hash = Mix(hash, (ulong)dimension);
            hash = Of(input.Data.Span, hash);
        }

        return hash;
    }

    /// <summary>Four lanes side by side: a multiplication's wait would otherwise be paid for every eight bytes.</summary>
    private static ulong Of(ReadOnlySpan<byte> data, ulong hash)
    {
        var words = MemoryMarshal.Cast<byte, ulong>(data);
        var (a, b, c, d) = (hash, hash ^ 1, hash ^ 2, hash ^ 3);
        var i = 0;
        for (; i + 4 <= words.Length; i += 4)
        {
            a = Mix(a, words[i]);
            b = Mix(b, words[i + 1]);
            c = Mix(c, words[i + 2]);
            d = Mix(d, words[i + 3]);
        }

        for (; i < words.Length; i++) a = Mix(a, words[i]);
        foreach (var last in data[(words.Length * sizeof(ulong))..]) b = Mix(b, last);
        return Mix(Mix(Mix(Mix(a, b), c), d), (ulong)data.Length);
    }

    private static ulong Mix(ulong hash, ulong value) => BitOperations.RotateLeft((hash ^ value) * Odd, 29) + value;
}
