namespace Serving.Drift.Quality;

/// <summary>What an instance counts as in the comparison of a rollout's versions.</summary>
internal enum Comparison : byte
{
    /// <summary>Not counted.</summary>
    None,

    Right,

    /// <summary>Wrong, but not the first of its draw.</summary>
    Wrong,

    /// <summary>Wrong, and evidence.</summary>
    TestedWrong,
}
