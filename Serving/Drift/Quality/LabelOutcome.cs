namespace Serving.Drift.Quality;

/// <summary>What became of a truth.</summary>
internal enum LabelOutcome
{
    /// <summary>Its answer is known: it counts.</summary>
    Joined,

    /// <summary>It took the place of an earlier truth of the same instance.</summary>
    Replaced,

    /// <summary>Its answer is not known yet.</summary>
    Waiting,

    /// <summary>A later truth of the same instance is known already, or the same.</summary>
    Stale,

    /// <summary>It is not a number, but the answers are.</summary>
    Refused,
}
