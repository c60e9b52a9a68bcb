namespace Gateway.OpenInference;

/// <summary>How a number that <see cref="PlainNumbers{T, TScale}"/> has taken apart becomes an element.</summary>
internal interface IPlainScale<T>
    where T : unmanaged
{
    /// <summary>
    /// ± s / 10^fraction, correctly rounded; false when that cannot be told here or the type cannot hold it, and the slow way
    /// has to be taken.
    /// </summary>
    static abstract bool TryScale(ulong significand, int fraction, bool negative, out T value);
}
