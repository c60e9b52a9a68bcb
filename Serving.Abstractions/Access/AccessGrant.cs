namespace Serving.Access;

/// <summary>Something that a caller may do, and to which models.</summary>
/// <param name="Scope">One scope or several.</param>
/// <param name="Models">A pattern, see <see cref="ModelPattern"/>; <c>*</c> for all.</param>
public sealed record AccessGrant(AccessScope Scope, string Models)
{
    /// <summary>The pattern of every model.</summary>
    public const string AllModels = "*";
}
