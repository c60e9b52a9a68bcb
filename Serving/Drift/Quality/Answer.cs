namespace Serving.Drift.Quality;

/// <summary>What a model said of one instance.</summary>
/// <param name="Label">The class, for classification.</param>
/// <param name="Value">The number, for regression.</param>
/// <param name="Scores">The score of each class in the model's order, when it gives them.</param>
internal sealed record Answer(string? Label, double Value, float[]? Scores);
