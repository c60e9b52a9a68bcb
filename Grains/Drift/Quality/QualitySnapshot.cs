namespace Grains.Drift.Quality;

/// <summary>All that is known of a model's quality at one moment. Written about once a minute; the journal has what came since.</summary>
[GenerateSerializer, Alias("serving.state.quality")]
internal sealed class QualitySnapshot
{
    /// <summary>Answers and truths that wait for each other; null before the first snapshot.</summary>
    [Id(0)]
    public byte[]? Answers { get; set; }

    /// <summary>What was counted of the model since it is judged.</summary>
    [Id(1)]
    public byte[] Counts { get; set; } = [];

    /// <summary>The versions that are judged, and those that were lately.</summary>
    [Id(2)]
    public Dictionary<string, JudgedVersion> Versions { get; set; } = [];

    /// <summary>Whose answers these are.</summary>
    [Id(3)]
    public CountingNode[] Nodes { get; set; } = [];

    /// <summary>The first segment of the journal that came after.</summary>
    [Id(4)]
    public long First { get; set; } = 1;

    /// <summary>Alerts that the versions' monitors have not kept yet.</summary>
    [Id(5)]
    public RelayedAlert[] Alerts { get; set; } = [];
}
