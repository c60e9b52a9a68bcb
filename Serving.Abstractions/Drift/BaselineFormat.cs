namespace Serving.Drift;

/// <summary>How an uploaded baseline is written.</summary>
public enum BaselineFormat
{
    /// <summary><c>{"columns": {...}}</c>, or <c>{"learn": {"requests": N}}</c> to take it from live traffic.</summary>
    Json,

    /// <summary>Comma-separated values; the first row names the columns.</summary>
    Csv,
}
