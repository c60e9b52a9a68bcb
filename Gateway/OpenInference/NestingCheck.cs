namespace Gateway.OpenInference;

/// <summary>
/// Whether nested arrays follow a shape: all arrays at one depth hold equally many elements, and as many as some number of
/// the shape's trailing dimensions have. A tensor sent transposed or ragged is told, not silently misread; flat data, partly
/// nested data and superfluous outer brackets pass.
/// </summary>
internal ref struct NestingCheck
{
    private readonly Span<int> starts;
    private readonly Span<int> sizes;
    private int depth;
    private int deepest;

    /// <param name="room">Two numbers for each level that may be open.</param>
    public NestingCheck(Span<int> room)
    {
        starts = room[..(room.Length / 2)];
        sizes = room[(room.Length / 2)..];
    }

    public readonly bool IsClosed => depth == 0;

    /// <summary>An array opens after so many elements. False when that is too deep.</summary>
    public bool Open(int count)
    {
        if (++depth == starts.Length) return false;
        starts[depth] = count;
        if (depth > deepest)
        {
            deepest = depth;
            sizes[depth] = -1;
        }

        return true;
    }

    /// <summary>
    /// An array closes after so many elements. The outermost is left to the caller, who knows the count it wants.
    /// </summary>
    public bool Close(int count, ReadOnlySpan<long> shape)
    {
        var size = count - starts[depth];
        var known = sizes[depth];
        if (depth-- == 1 || size == known) return true;
        sizes[depth + 1] = size;
        return known < 0 && IsTrailingProduct(size, shape);
    }

    private static bool IsTrailingProduct(int size, ReadOnlySpan<long> shape)
    {
        var product = 1L;
        for (var i = shape.Length; product != size; product *= shape[i])
            if (--i < 0 || shape[i] == 0 || product > size / shape[i]) return size == 0 && shape.Contains(0L);
        return true;
    }
}
