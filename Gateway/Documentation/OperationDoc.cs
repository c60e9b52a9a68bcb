namespace Gateway.Documentation;

/// <summary>What people and generators are told of an operation beside its verb and path.</summary>
/// <param name="Tag">The group it stands in.</param>
/// <param name="Summary">What it does, in one sentence.</param>
/// <param name="Response">The schema of its answer in <c>schemas.json</c>; null for an empty one.</param>
/// <param name="Request">The schema of its body; null for none.</param>
/// <param name="ResponseType">The answer's media type.</param>
internal sealed record OperationDoc(
    string Tag, string Summary, string? Response = null, string? Request = null, string ResponseType = "application/json")
{
    /// <summary>Takes <c>If-Match</c> against lost updates.</summary>
    public bool Conditional { get; init; }

    /// <summary>The schema of its answer itself, where it has no name in <c>schemas.json</c>.</summary>
    public string? OwnSchema { get; init; }
}
