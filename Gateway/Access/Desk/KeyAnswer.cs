using System.Text.Json;

namespace Gateway.Access.Desk;

/// <summary>A key as the administration shows it.</summary>
/// <param name="Json">The document of <c>/v2/keys</c>.</param>
public sealed record KeyAnswer(JsonElement Json)
{
    /// <summary>What opens it, where it was just made.</summary>
    public string? Token => Text("key");

    /// <summary>Its public part.</summary>
    public string Id => Text("id") ?? "";

    /// <summary>One line for people.</summary>
    public string Describe()
    {
        var grants = Json.GetProperty("grants").EnumerateArray().Select(grant =>
            $"{string.Join(',', grant.GetProperty("scope").EnumerateArray().Select(scope => scope.GetString()))} on {grant.GetProperty("models").GetString()}");
        var state = Text("revoked_at") is { } revoked ? $"revoked {revoked}"
            : Text("expires_at") is { } expires ? $"until {expires}"
            : "no expiry";
        return $"{Id}  {Text("name")}  {string.Join("; ", grants)}  made {Text("created_at")}  {state}{Limits()}";
    }

    private string Limits() => Json.TryGetProperty("limits", out var limits)
        ? "  limits " + string.Join(", ", limits.EnumerateObject().Select(limit => $"{limit.Name} {limit.Value}"))
        : "";

    private string? Text(string name) => Json.TryGetProperty(name, out var value) ? value.GetString() : null;
}
