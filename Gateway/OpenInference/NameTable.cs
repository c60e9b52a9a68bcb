using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;

namespace Gateway.OpenInference;

/// <summary>
/// Turns UTF-8 names into strings without allocating for names seen before. A cache, not a registry: a new name may push an
/// old one out, so junk costs its sender an allocation a name and nothing is kept beyond the table's size.
/// </summary>
/// <remarks>Safe for any number of readers and writers: entries are immutable and replaced by one reference write.</remarks>
internal sealed class NameTable
{
    private const int Ways = 4;
    private const int LongestKept = 128;

    private readonly Entry?[] entries;
    private readonly uint mask;

    /// <param name="capacity">Names kept at the most; rounded up to a power of two.</param>
    public NameTable(int capacity = 4096)
    {
        entries = new Entry?[(int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Max(capacity, Ways))];
        mask = (uint)entries.Length - 1;
    }

    /// <summary>The name as a string; null when it is not valid UTF-8.</summary>
    public string? Get(ReadOnlySpan<byte> name)
    {
        var hash = Hash(name);
        for (var way = 0u; way < Ways; way++)
        {
            var entry = Volatile.Read(ref entries[(hash + way) & mask]);
            if (entry is not null && entry.Hash == hash && name.SequenceEqual(entry.Utf8)) return entry.Text;
        }

        return Add(name, hash);
    }

    private string? Add(ReadOnlySpan<byte> name, uint hash)
    {
        if (!Utf8.IsValid(name)) return null;
        var text = Encoding.UTF8.GetString(name);
        if (name.Length > LongestKept) return text;

        // A free way, else one chosen by the hash's upper bits, so that names of one set take turns.
        var slot = (hash + (hash >> 30)) & mask;
        for (var way = 0u; way < Ways; way++)
        {
            if (Volatile.Read(ref entries[(hash + way) & mask]) is not null) continue;
            slot = (hash + way) & mask;
            break;
        }

        Volatile.Write(ref entries[slot], new Entry(name.ToArray(), text, hash));
        return text;
    }

    private static uint Hash(ReadOnlySpan<byte> name)
    {
        var hash = 0x9E3779B97F4A7C15UL ^ (uint)name.Length;
        var rest = name;
        for (; rest.Length >= 8; rest = rest[8..]) hash = Mix(hash, BinaryPrimitives.ReadUInt64LittleEndian(rest));
        var tail = 0UL;
        foreach (var value in rest) tail = tail << 8 | value;
        hash = Mix(hash, tail);
        return (uint)(hash >> 32);
    }

    private static ulong Mix(ulong hash, ulong value)
    {
        hash = (hash ^ value) * 0xD6E8FEB86659FD93UL;
        return hash ^ hash >> 32;
    }

    private sealed record Entry(byte[] Utf8, string Text, uint Hash);
}
