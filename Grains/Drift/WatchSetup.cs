using System.Text.Json;
using System.Text.Json.Nodes;
using Grains.Models;
using Serving;
using Serving.Drift.Observing;

namespace Grains.Drift;

/// <summary>What watching a version takes, from what the cluster knows of it without having it loaded.</summary>
internal static class WatchSetup
{
    /// <summary>How long after its end a silo's share of a pane may still come: two flushes, and a slow answer.</summary>
    private static readonly TimeSpan Lateness = TimeSpan.FromSeconds(3);

    /// <param name="description">The version.</param>
    /// <param name="repositories">Where its folder is.</param>
    public static Outcome<DriftSetup> Of(SentDescription description, IReadOnlyList<string> repositories)
    {
        using var config = JsonDocument.Parse(description.Config.Bytes);
        var folder = repositories.Select(root => Path.Combine(root, description.Model)).FirstOrDefault(Directory.Exists) ?? "";
        if (!DriftSetup.Read(Section(config, "drift") is { } drift ? WithoutSecrets(drift) : null, Section(config, "quality"), description.ToMetadata([description.Version]), folder).TryGetValue(out var setup, out var error)) return error;
        return setup with { Settings = setup.Settings with { Options = setup.Settings.Options with { Lateness = Lateness } } };
    }

    /// <summary>Whether somebody is to be told of the version's alerts.</summary>
    public static bool HasReceivers(SentDescription description)
    {
        using var config = JsonDocument.Parse(description.Config.Bytes);
        return Section(config, "drift") is { } drift && drift.TryGetProperty("webhooks", out var webhooks) && webhooks.GetArrayLength() > 0;
    }

    private static JsonElement? Section(JsonDocument config, string name) =>
        config.RootElement.TryGetProperty("serving", out var serving) && serving.TryGetProperty(name, out var section) ? section : null;

    /// <summary>What is shown of a configuration hides the secrets of its receivers; they are known where the version is loaded.</summary>
    private static JsonElement WithoutSecrets(JsonElement section)
    {
        var copy = JsonObject.Create(section)!;
        if (copy["webhooks"] is not JsonArray webhooks) return section;
        foreach (var webhook in webhooks)
        {
            webhook!.AsObject().Remove("secret");
            webhook.AsObject().Remove("secret_env");
        }

        return JsonSerializer.SerializeToElement(copy);
    }
}
