using System.Buffers.Binary;

namespace Serving;

/// <summary>Uniform 64-bit numbers for draws; one generator a thread, no lock.</summary>
internal static class Randomness
{
    public static ulong Next()
    {
        Span<byte> bytes = stackalloc byte[8];
        Random.Shared.NextBytes(bytes);
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }
}
