namespace Serving.Drift.Quality;

/// <summary>One instance between its answer and its truth, whichever came first, and after, as long as it is kept.</summary>
internal sealed class Instance(InstanceKey key, DateTimeOffset since)
{
    public InstanceKey Key { get; } = key;

    /// <summary>When it was first heard of.</summary>
    public DateTimeOffset Since { get; } = since;

    public Answer? Answer { get; set; }

    public DateTimeOffset AnsweredAt { get; set; }

    public string? Truth { get; set; }

    /// <summary>When the truth was established, as its sender says: of two truths the later counts.</summary>
    public DateTimeOffset TruthAt { get; set; }

    /// <summary>The evidence that its truth is counted in, if any.</summary>
    public LossEvidence? Evidence { get; set; }

    /// <summary>The pane of that evidence.</summary>
    public long Pane { get; set; }
}
