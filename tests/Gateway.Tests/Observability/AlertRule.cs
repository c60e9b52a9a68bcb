namespace Gateway.Tests.Observability;

/// <summary>One alert.</summary>
/// <param name="Name">Its heading in docs/operations.md.</param>
/// <param name="Severity"><c>page</c> or <c>ticket</c>.</param>
/// <param name="For">How long the expression must hold.</param>
/// <param name="Expression">What holds.</param>
/// <param name="Summary">One sentence, with the labels that the expression keeps.</param>
internal sealed record AlertRule(string Name, string Severity, string For, string Expression, string Summary);
