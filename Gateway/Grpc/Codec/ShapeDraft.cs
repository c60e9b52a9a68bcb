using System.Buffers;
using System.Runtime.CompilerServices;
using Gateway.OpenInference;

namespace Gateway.Grpc.Codec;

/// <summary>Dimensions as they are read. Counts on past what it can keep, so that the reader can say so.</summary>
internal struct ShapeDraft
{
    private Dimensions dimensions;

    public int Rank { get; private set; }

    public bool Add(long dimension)
    {
        if (Rank < ShapeReader.MaxRank) dimensions[Rank] = dimension;
        Rank++;
        return true;
    }

    /// <summary>False when the bytes are no row of integers.</summary>
    public bool ReadPacked(in ReadOnlySequence<byte> bytes)
    {
        var reader = new SequenceReader<byte>(bytes);
        while (!reader.End)
        {
            var value = 0UL;
            byte next = 0x80;
            for (var shift = 0; next >= 0x80; shift += 7)
            {
                if (shift > 63 || !reader.TryRead(out next)) return false;
                value |= (ulong)(next & 0x7F) << shift;
            }

            Add((long)value);
        }

        return true;
    }

    /// <summary>The dimensions; <see cref="Rank"/> is at most <see cref="ShapeReader.MaxRank"/>.</summary>
    public readonly long[] ToArray() => Rank == 0 ? [] : ((ReadOnlySpan<long>)dimensions)[..Rank].ToArray();

    [InlineArray(ShapeReader.MaxRank)]
    private struct Dimensions
    {
        private long first;
    }
}
