namespace Gateway.OpenInference;

/// <summary>How the numbers of a <see cref="PlainBlock"/> become elements.</summary>
internal interface IPlainReader<T>
    where T : unmanaged
{
    /// <summary>Reads numbers from the first on. Returns how many; fewer than there are where one has to be read another way.</summary>
    /// <param name="text">The block's bytes, and <see cref="PlainRun.Reach"/> before them.</param>
    /// <param name="block">The numbers, at least one.</param>
    /// <param name="destination">Where they go, as many as it has room for.</param>
    /// <param name="last">What is behind the last one that was read.</param>
    static abstract int Read(ref byte text, in PlainBlock block, Span<T> destination, out int last);
}
