using System.Text.Json;

namespace Serving.Drift.Alerts;

/// <summary>A change of an alert on its way to one receiver.</summary>
/// <param name="Event">Names the change: the alert, what became of it and how severe it is. The same for all receivers.</param>
/// <param name="Model">The model.</param>
/// <param name="Version">Its version.</param>
/// <param name="Url">The receiver.</param>
/// <param name="At">When it was put in.</param>
/// <param name="Body">What is posted, JSON in UTF-8.</param>
internal sealed record OutboxItem(string Event, string Model, string Version, string Url, DateTimeOffset At, byte[] Body)
{
    /// <summary>Its name in the store: one for each change and receiver.</summary>
    public string Key => $"{Event} {Url}";

    /// <summary>For every receiver one item.</summary>
    public static IEnumerable<OutboxItem> Of(string model, string version, DriftAlert alert, IReadOnlyList<WebhookConfig> webhooks, DateTimeOffset now)
    {
        if (webhooks.Count == 0) return [];
        var name = $"{alert.Id}-{(alert.State == AlertState.Raised ? "raised" : "cleared")}-{(alert.Severity == AlertSeverity.Page ? "page" : "ticket")}";
        var body = WriteBody(name, model, version, alert);
        return webhooks.Select(webhook => new OutboxItem(name, model, version, webhook.Url.AbsoluteUri, now, body));
    }

    /// <summary>The stored form.</summary>
    public byte[] Write()
    {
        var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("event", Event);
            json.WriteString("model", Model);
            json.WriteString("version", Version);
            json.WriteString("url", Url);
            json.WriteString("at", At);
            json.WriteBase64String("body", Body);
            json.WriteEndObject();
        }

        return buffer.ToArray();
    }

    /// <summary>What <see cref="Write"/> wrote; null for anything else.</summary>
    public static OutboxItem? Read(byte[] stored)
    {
        try
        {
            using var document = JsonDocument.Parse(stored);
            var item = document.RootElement;
            return new OutboxItem(
                item.GetProperty("event").GetString()!, item.GetProperty("model").GetString()!, item.GetProperty("version").GetString()!,
                item.GetProperty("url").GetString()!, item.GetProperty("at").GetDateTimeOffset(), item.GetProperty("body").GetBytesFromBase64());
        }
        catch (Exception fault) when (fault is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }

    private static byte[] WriteBody(string name, string model, string version, DriftAlert alert)
    {
        var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("id", name);
            json.WriteString("model", model);
            json.WriteString("version", version);
            json.WritePropertyName("alert");
            DriftJson.Write(json, alert);
            json.WriteEndObject();
        }

        return buffer.ToArray();
    }
}
