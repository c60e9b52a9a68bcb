namespace Serving.Routing;

/// <summary>What routing knows of a model's versions at one moment.</summary>
/// <param name="Ready">Numbers of the versions that can answer, in any order.</param>
/// <param name="Unready">The other known versions and, as a clause, why they cannot answer: <c>it is loading</c>.</param>
internal sealed record ModelVersions(IReadOnlyList<string> Ready, IReadOnlyDictionary<string, string> Unready)
{
    private static readonly Dictionary<string, string> None = [];

    public ModelVersions(params IReadOnlyList<string> ready)
        : this(ready, None)
    {
    }

    /// <summary>The highest ready version, or null.</summary>
    public string? Highest => Ready.Count == 0 ? null : Ready.MaxBy(long.Parse);

    /// <summary>Why a version cannot answer, or null when nothing is known of it.</summary>
    public string? WhyNot(string version) => Unready.TryGetValue(version, out var reason) ? reason : null;
}
