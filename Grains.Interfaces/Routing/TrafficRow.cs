namespace Grains.Routing;

/// <summary>A model's traffic document as all silos see it. Written by the model's router grain alone.</summary>
[GenerateSerializer, Immutable, Alias("serving.row.traffic")]
public sealed class TrafficRow
{
    [Id(0)]
    public required string Model { get; init; }

    /// <summary>The document's epoch; of two rows of a model the higher one is newer.</summary>
    [Id(1)]
    public required long Epoch { get; init; }

    /// <summary>The document as JSON; null when there is none (any more).</summary>
    [Id(2)]
    public Blob? Document { get; init; }

    /// <summary>The stable version of a running rollout; null when none runs.</summary>
    [Id(3)]
    public string? RolloutFrom { get; init; }

    /// <summary>The new version of a running rollout.</summary>
    [Id(4)]
    public string? RolloutTo { get; init; }

    /// <summary>Milliseconds above which an answer is slow; null when nobody asks.</summary>
    [Id(5)]
    public double? BudgetMs { get; init; }

    /// <summary>The epoch that a running rollout began with, which names it; 0 when none runs.</summary>
    [Id(6)]
    public long RolloutEpoch { get; init; }

    /// <summary>The document's shadows.</summary>
    [Id(7)]
    public ShadowRow[] Shadows { get; init; } = [];
}
