using System.Text.Json;
using Serving.Models;

namespace Serving.Drift.Observing;

/// <summary>All that watching a version needs to know of it, besides its signature.</summary>
/// <param name="Settings">How it is watched.</param>
/// <param name="Catalog">Its features.</param>
/// <param name="Quality">How its answers are judged by feedback; null when they are not.</param>
/// <param name="Folder">The model's folder, where a baseline may lie.</param>
internal sealed record DriftSetup(DriftSettings Settings, FeatureSource[] Catalog, QualitySettings? Quality, string Folder)
{
    /// <summary>From <c>serving.drift</c> and <c>serving.quality</c>, or the faults of the first that has any.</summary>
    public static Outcome<DriftSetup> Read(JsonElement? drift, JsonElement? quality, ModelMetadata metadata, string folder) =>
        DriftSettings.Read(drift).TryGetValue(out var settings, out var error)
        && FeatureCatalog.Of(metadata, settings.Names, settings.WatchesLatency).TryGetValue(out var catalog, out error)
        && QualitySettings.Read(quality, metadata).TryGetValue(out var judged, out error)
            ? new DriftSetup(settings, catalog, judged, folder)
            : error;

    /// <summary>
    /// Observes answers for feedback and nothing else; null when they are not judged. From a version's first request on: a truth that finds
    /// no answer is lost, whatever is watched later.
    /// </summary>
    public ObservationTap? AnswerTap(ModelMetadata metadata, ObservationQueue queue, TimeProvider clock) =>
        Quality?.Judged is { } judged ? new ObservationTap(new ObservationLayout(metadata, [], judged), Settings.Sampling, queue, clock) : null;
}
