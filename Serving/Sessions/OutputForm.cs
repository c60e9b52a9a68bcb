namespace Serving.Sessions;

/// <summary>What a native output is, and which part of it one of our outputs takes.</summary>
internal enum OutputForm : byte
{
    Tensor,

    /// <summary>A sequence of tensors: comes out as <c>name.0</c>, <c>name.1</c> …</summary>
    Sequence,

    /// <summary>The keys of a map, or of each map of a sequence (scikit-learn's ZipMap).</summary>
    MapKeys,

    /// <summary>The values of the same.</summary>
    MapValues,
}
