namespace Serving.Drift.Quality;

/// <summary>How one model version's answers are judged.</summary>
internal sealed record QualityOptions
{
    /// <summary>What the answers are.</summary>
    public QualityTask Task { get; init; } = QualityTask.Classification;

    /// <summary>The model's classes in the order of its scores; may be empty.</summary>
    public IReadOnlyList<string> Labels { get; init; } = [];

    /// <summary>The error rate the model is known to have; null to learn it from the first truths.</summary>
    public double? BaselineErrorRate { get; init; }

    /// <summary>How much more often it may err before that is held against it.</summary>
    public double Margin { get; init; } = 0.01;

    /// <summary>Truths that the error rate is learned from.</summary>
    public int LearnFrom { get; init; } = 1000;

    /// <summary>Truths in the window.</summary>
    public int Window { get; init; } = 1000;

    /// <summary>How long an answer waits for its truth, and a truth for its answer.</summary>
    public TimeSpan Retention { get; init; } = TimeSpan.FromHours(24);

    /// <summary>Most instances kept; beyond, the oldest expire.</summary>
    public int Capacity { get; init; } = 50_000;

    /// <summary>The evidence at which an alert is raised.</summary>
    public double EValue { get; init; } = 1000;

    /// <summary>Every fault, each naming its field; empty when there is none.</summary>
    public IReadOnlyList<string> Faults()
    {
        var faults = new List<string>();
        Require(BaselineErrorRate is null or (>= 0.0001 and <= 0.9), "'baseline_error_rate' must be from 0.0001 to 0.9");
        Require(Margin is >= 0 and <= 0.5, "'margin' must be from 0 to 0.5");
        Require(LearnFrom is >= 100 and <= 100_000, "'learn_from' must be from 100 to 100,000 truths");
        Require(Window is >= 30 and <= 100_000, "'window' must be from 30 to 100,000 truths");
        Require(Retention >= TimeSpan.FromSeconds(1) && Retention <= TimeSpan.FromDays(30), "'retention' must be from a second to 30 days");
        Require(Capacity is >= 100 and <= 10_000_000, "'capacity' must be from 100 to 10,000,000 instances");
        Require(EValue is >= 20 and <= 1e12, "'e_value' must be from 20 to 1e12");
        return faults;

        void Require(bool holds, string fault)
        {
            if (!holds)
                faults.Add(fault);
        }
    }
}
