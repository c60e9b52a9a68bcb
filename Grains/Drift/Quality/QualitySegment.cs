namespace Grains.Drift.Quality;

/// <summary>A part of the journal.</summary>
[GenerateSerializer, Alias("serving.state.segment")]
internal sealed class QualitySegment
{
    /// <summary>Which one. A slot of the storage holds one after the other.</summary>
    [Id(0)]
    public long Number { get; set; }

    /// <summary>Oldest first.</summary>
    [Id(1)]
    public JournalEntry[] Entries { get; set; } = [];
}
