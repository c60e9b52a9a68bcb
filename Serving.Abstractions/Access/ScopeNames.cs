namespace Serving.Access;

/// <summary>Scopes as documents, commands and tokens write them.</summary>
public static class ScopeNames
{
    private static readonly (string Name, AccessScope Scope)[] Names =
        [("infer", AccessScope.Infer), ("read", AccessScope.Read), ("admin", AccessScope.Admin)];

    /// <summary>All names, for sentences.</summary>
    public const string All = "infer, read, admin";

    public static AccessScope? Parse(ReadOnlySpan<char> name)
    {
        foreach (var known in Names)
        {
            if (name.SequenceEqual(known.Name)) return known.Scope;
        }

        return null;
    }

    /// <summary>The names of the scopes in a set.</summary>
    public static IEnumerable<string> Of(AccessScope scopes) =>
        Names.Where(known => (scopes & known.Scope) != 0).Select(known => known.Name);
}
