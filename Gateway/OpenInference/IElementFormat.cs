namespace Gateway.OpenInference;

/// <summary>How one element type stands in JSON. Implemented by empty structs, so that each gets a reading loop of its own.</summary>
internal interface IElementFormat<T>
    where T : unmanaged
{
    /// <summary>
    /// Reads the element at <paramref name="position"/> and steps over it; on a fault the position is that of the offending
    /// byte or of the element.
    /// </summary>
    static abstract DataFault Read(ReadOnlySpan<byte> text, ref int position, out T value);
}
