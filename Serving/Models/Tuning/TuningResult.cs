namespace Serving.Models.Tuning;

/// <summary>What a setting came to.</summary>
/// <param name="Trial">The setting.</param>
/// <param name="Measure">What was measured: of several trials, the medians.</param>
/// <param name="KeepsObjective">Its requests are answered within the objective.</param>
internal sealed record TuningResult(TuningTrial Trial, TrialMeasure Measure, bool KeepsObjective);
