using System.Runtime.CompilerServices;
using Serving.Inference;

namespace Gateway.OpenInference;

/// <summary>Reads a <c>shape</c>: non-negative 64-bit dimensions whose product is one too.</summary>
internal static class ShapeReader
{
    public const int MaxRank = 32;

    [SkipLocalsInit]
    public static bool Read(ref BodyState state, FieldPath path, out long[] shape)
    {
        shape = [];
        ref var cursor = ref state.Cursor;
        if (!state.Open((byte)'[', path)) return false;
        Span<long> dimensions = stackalloc long[MaxRank];
        var rank = 0;
        for (var first = true; cursor.NextElement(ref first);)
        {
            if (rank == Math.Min(state.Limits.MaxRank, MaxRank))
                return state.Invalid($"{path} has more than {rank} dimensions");
            cursor.Peek();
            switch (IntegerFormat<long>.Read(cursor.Text, ref cursor.Position, out dimensions[rank]))
            {
                case DataFault.None: break;
                case DataFault.Malformed: return cursor.Fail("a dimension");
                default: return state.Invalid($"{path}[{rank}] must be a whole number of at most 63 bits");
            }

            if (dimensions[rank] < 0)
                return state.Invalid($"{path}[{rank}] is {dimensions[rank]}; a dimension cannot be negative");
            rank++;
        }

        if (cursor.Expected is not null) return false;
        if (!TensorShape.TryElementCount(dimensions[..rank], out _))
            return state.Invalid($"{path} {TensorShape.Format(dimensions[..rank])} has more elements than a tensor can hold");
        shape = rank == 0 ? [] : dimensions[..rank].ToArray();
        return true;
    }
}
