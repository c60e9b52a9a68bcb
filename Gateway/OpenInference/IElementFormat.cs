namespace Gateway.OpenInference;

/// <summary>
/// How one element type stands in JSON. Implemented by empty structs, so that each gets a reading loop of its own.
/// </summary>
internal interface IElementFormat<T>
    where T : unmanaged
{
    /// <summary>
    /// Reads the element at <paramref name="position"/> and steps over it; on a fault the position is that of the offending
    /// byte or of the element.
    /// </summary>
    static abstract DataFault Read(ReadOnlySpan<byte> text, ref int position, out T value);

    /// <summary>
    /// Reads elements in their usual form, one after the other, for as long as they are; it may as well read none. True when
    /// it stops right behind an element that no comma follows, false when it stops in front of an element or of the white
    /// space before it.
    /// </summary>
    /// <param name="text">The JSON.</param>
    /// <param name="position">In front of an element; on return where reading stopped.</param>
    /// <param name="destination">Where the elements go; reading stops when it is full.</param>
    /// <param name="count">Elements read before; raised.</param>
    static virtual bool ReadRun(ReadOnlySpan<byte> text, ref int position, Span<T> destination, ref int count) => false;
}
