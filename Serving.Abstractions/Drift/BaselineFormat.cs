namespace Serving.Drift;

/// <summary>How an uploaded baseline is written.</summary>
public enum BaselineFormat
{
    /// <summary><c>{"columns": {...}}</c>, or <c>{"learn": {"requests": N}}</c> to take it from live traffic.</summary>
    Json,

    /// <summary>Comma-separated values; the first row names the columns.</summary>
    Csv,

    /// <summary>The same, its rows in the order they happened: how much they depend on their past is learned from them.</summary>
    CsvInTimeOrder,
}
