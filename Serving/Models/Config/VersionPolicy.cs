using Serving.Models.Config.Values;

namespace Serving.Models.Config;

/// <summary>Which of the versions in the repository are served.</summary>
internal abstract record VersionPolicy
{
    private VersionPolicy()
    {
    }

    /// <summary>The newest version only.</summary>
    public static VersionPolicy Default { get; } = new Latest(1);

    /// <summary>The versions to serve among those available, oldest first. Each number stands at most once in the input.</summary>
    public abstract IReadOnlyList<long> Wanted(IEnumerable<long> available);

    /// <summary>The highest numbers.</summary>
    public sealed record Latest(int NumVersions) : VersionPolicy
    {
        public override IReadOnlyList<long> Wanted(IEnumerable<long> available) =>
            available.OrderDescending().Take(NumVersions).Order().ToArray();
    }

    /// <summary>Every version there is.</summary>
    public sealed record All : VersionPolicy
    {
        public override IReadOnlyList<long> Wanted(IEnumerable<long> available) => available.Order().ToArray();
    }

    /// <summary>These versions, as far as they are there.</summary>
    public sealed record Specific(ValueList<long> Versions) : VersionPolicy
    {
        public override IReadOnlyList<long> Wanted(IEnumerable<long> available) =>
            available.Where(Versions.Contains).Order().ToArray();
    }
}
