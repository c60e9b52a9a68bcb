using System.Runtime.InteropServices;
using System.Text;

namespace Serving.Drift.Panes;

/// <summary>Finds the bin of a category by its UTF-8 bytes, without making a text of them. Immutable.</summary>
internal sealed class CategoryIndex
{
    private readonly byte[][] names;
    private readonly int[] slots;
    private readonly int mask;

    public CategoryIndex(string[] categories)
    {
        names = Array.ConvertAll(categories, Encoding.UTF8.GetBytes);
        mask = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Max(4, categories.Length * 2)) - 1;
        slots = new int[mask + 1];
        Array.Fill(slots, -1);
        for (var i = 0; i < names.Length; i++)
        {
            var slot = Hash(names[i]) & mask;
            while (slots[slot] >= 0)
                slot = (slot + 1) & mask;
            slots[slot] = i;
        }
    }

    /// <summary>The category's bin; one past the last for any other.</summary>
    public int BinOf(ReadOnlySpan<byte> utf8)
    {
        for (var slot = Hash(utf8) & mask; slots[slot] is var i and >= 0; slot = (slot + 1) & mask)
            if (utf8.SequenceEqual(names[i]))
                return i;
        return names.Length;
    }

    /// <summary>Eight bytes at a time, multiplied and folded. The table is filled by the baseline alone, so no caller can crowd it.</summary>
    private static int Hash(ReadOnlySpan<byte> bytes)
    {
        var hash = (ulong)bytes.Length * 0x9E3779B97F4A7C15;
        while (bytes.Length >= 8)
        {
            hash = Fold(hash ^ MemoryMarshal.Read<ulong>(bytes));
            bytes = bytes[8..];
        }

        ulong tail = 0;
        foreach (var b in bytes)
            tail = (tail << 8) | b;
        return (int)Fold(hash ^ tail);
    }

    private static ulong Fold(ulong value)
    {
        value *= 0xD6E8FEB86659FD93;
        return value ^ (value >> 32);
    }
}
