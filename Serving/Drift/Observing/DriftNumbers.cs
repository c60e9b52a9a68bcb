namespace Serving.Drift.Observing;

/// <summary>What the engine itself measures of one observed version; scores and alerts are read from its reports.</summary>
/// <param name="Model">The model.</param>
/// <param name="Version">Its version.</param>
/// <param name="Dropped">Observations that were not counted; null where none are taken.</param>
/// <param name="Windows">Windows closed since it is compared; null where it is not compared.</param>
/// <param name="Accuracy">Of the last truths; null without.</param>
internal sealed record DriftNumbers(string Model, string Version, long? Dropped, long? Windows, double? Accuracy);
