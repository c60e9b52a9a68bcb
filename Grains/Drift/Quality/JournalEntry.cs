namespace Grains.Drift.Quality;

/// <summary>What came at once: answers of a silo, or truths of a caller.</summary>
/// <param name="Body">Instances in their stored form, or truths as JSON.</param>
/// <param name="At">When it came.</param>
/// <param name="Node">The silo; null for truths.</param>
/// <param name="IsLast">Nothing more will come from this life of it.</param>
[GenerateSerializer, Immutable, Alias("serving.state.entry")]
internal sealed record JournalEntry(
    [property: Id(0)] Blob Body, [property: Id(1)] DateTimeOffset At, [property: Id(2)] CountingNode? Node = null, [property: Id(3)] bool IsLast = false);
