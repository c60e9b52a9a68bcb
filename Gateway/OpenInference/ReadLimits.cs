namespace Gateway.OpenInference;

/// <summary>What one request body may hold. The body's own size is limited before it gets here.</summary>
internal sealed record ReadLimits
{
    public static readonly ReadLimits Default = new();

    /// <summary>Input tensors of one request.</summary>
    public int MaxInputs { get; init; } = 1024;

    /// <summary>Requested outputs of one request.</summary>
    public int MaxOutputs { get; init; } = 1024;

    /// <summary>Entries of the request's <c>parameters</c>.</summary>
    public int MaxParameters { get; init; } = 64;

    /// <summary>Bytes of UTF-8 of a tensor's, output's or parameter's name.</summary>
    public int MaxNameBytes { get; init; } = 512;

    /// <summary>Bytes of UTF-8 of the request's <c>id</c> and of a text parameter.</summary>
    public int MaxTextBytes { get; init; } = 4096;

    /// <summary>Dimensions of a shape, at most <see cref="ShapeReader.MaxRank"/>.</summary>
    public int MaxRank { get; init; } = ShapeReader.MaxRank;
}
