using Gateway.Access;
using Gateway.Documentation;

namespace Gateway.Http;

/// <summary>One verb on one path, as OpenAPI counts them.</summary>
/// <param name="Method">The verb, in capitals. <c>GET</c> also answers <c>HEAD</c>.</param>
/// <param name="Pattern">
/// Segments that stand for themselves, <c>{name}</c> for any one segment, or <c>{name}:suffix</c> for one that ends so.
/// </param>
/// <param name="Kind">What is asked for, and who may ask.</param>
/// <param name="Handler">What answers.</param>
internal sealed record Operation(string Method, string Pattern, OperationKind Kind, RequestHandler Handler)
{
    /// <summary>What is told of it, where it is of one edition only.</summary>
    public OperationDoc? OwnDoc { get; init; }

    /// <summary>The names in braces, in the pattern's order.</summary>
    public IReadOnlyList<string> Parameters { get; } = ParametersOf(Pattern);

    private static string[] ParametersOf(string pattern) =>
        [.. pattern.Split('/').Where(s => s.StartsWith('{')).Select(s => s[1..s.IndexOf('}')])];
}
