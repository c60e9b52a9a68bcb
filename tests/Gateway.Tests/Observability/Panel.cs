namespace Gateway.Tests.Observability;

/// <summary>One graph of the dashboard.</summary>
/// <param name="Title">What it shows.</param>
/// <param name="Unit">Grafana's name of the unit.</param>
/// <param name="Queries">Expressions, each with the text of its legend.</param>
internal sealed record Panel(string Title, string Unit, params (string Expression, string Legend)[] Queries);
