namespace Serving.Drift;

/// <summary>What an alert is about. There is at most one raised alert for each feature and kind.</summary>
public enum AlertKind
{
    /// <summary>The distribution differs from the baseline's.</summary>
    Drift,

    /// <summary>More values are missing.</summary>
    Missing,

    /// <summary>More values are not a number.</summary>
    NotANumber,

    /// <summary>More values are infinite.</summary>
    Infinite,

    /// <summary>More values lie outside the baseline's range.</summary>
    OutOfRange,

    /// <summary>More values are categories the baseline does not name.</summary>
    Unseen,

    /// <summary>All values are the same.</summary>
    Constant,

    /// <summary>The model errs more often than it did; about the model, not one feature.</summary>
    Quality,
}
