namespace Serving.Drift;

/// <summary><c>serving.drift</c> of a model's configuration; null where it says nothing.</summary>
public sealed record DriftConfig
{
    /// <summary>Rows of a window.</summary>
    public int? WindowCount { get; init; }

    /// <summary>Seconds of a window.</summary>
    public double? WindowSeconds { get; init; }

    /// <summary>Share of the requests that is looked at, chosen by their id.</summary>
    public double Sampling { get; init; } = 1;

    /// <summary>False alerts in 30 days, over all features and kinds.</summary>
    public double? FalseAlerts { get; init; }

    public double? TicketEffect { get; init; }

    public double? PageEffect { get; init; }

    public double? EValue { get; init; }

    public int? LeastCount { get; init; }

    public int? RaiseAfter { get; init; }

    public int? ClearAfter { get; init; }

    public double? SuppressionSeconds { get; init; }

    public int? WindowsKept { get; init; }

    /// <summary>What is otherwise for features of numbers.</summary>
    public KindConfig Numeric { get; init; } = KindConfig.None;

    /// <summary>What is otherwise for categories.</summary>
    public KindConfig Categorical { get; init; } = KindConfig.None;

    /// <summary>Whether how long answers take is a feature too.</summary>
    public bool Latency { get; init; }

    /// <summary>Whether the rows of the baseline.csv in the model's folder stand in the order they happened.</summary>
    public bool BaselineTimeOrdered { get; init; }

    /// <summary>Where alerts are posted.</summary>
    public IReadOnlyList<WebhookConfig> Webhooks { get; init; } = [];

    /// <summary>Names of the columns of inputs and outputs, by tensor.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Features { get; init; } = new Dictionary<string, IReadOnlyList<string>>();
}
