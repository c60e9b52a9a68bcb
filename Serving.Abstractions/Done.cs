namespace Serving;

/// <summary>The value of an operation that has none.</summary>
public readonly record struct Done;
