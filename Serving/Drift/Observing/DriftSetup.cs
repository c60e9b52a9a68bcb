using System.Text.Json;
using Serving.Models;

namespace Serving.Drift.Observing;

/// <summary>All that watching a version needs to know of it, besides its signature.</summary>
/// <param name="Settings">How it is watched.</param>
/// <param name="Catalog">Its features.</param>
/// <param name="Folder">The model's folder, where a baseline may lie.</param>
internal sealed record DriftSetup(DriftSettings Settings, FeatureSource[] Catalog, string Folder)
{
    /// <summary>From <c>serving.drift</c>, or every fault in it.</summary>
    public static Outcome<DriftSetup> Read(JsonElement? section, ModelMetadata metadata, string folder) =>
        DriftSettings.Read(section).TryGetValue(out var settings, out var error)
        && FeatureCatalog.Of(metadata, settings.Names).TryGetValue(out var catalog, out error)
            ? new DriftSetup(settings, catalog, folder)
            : error;
}
