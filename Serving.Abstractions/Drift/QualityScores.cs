namespace Serving.Drift;

/// <summary>How right a model was over some answers whose truth is known. What does not apply, or has no data, is null.</summary>
/// <param name="Count">Answers with a known truth.</param>
/// <param name="Accuracy">Share of right labels.</param>
/// <param name="MacroF1">Mean of the classes' F1, over classes that occur as answer or truth.</param>
/// <param name="Auc">Area under the ROC curve, each class against the rest, averaged; scores are told apart to a thousandth.</param>
/// <param name="MeanAbsoluteError">In the answer's unit.</param>
/// <param name="RootMeanSquareError">In the answer's unit.</param>
/// <param name="R2">Share of the truth's variance explained.</param>
/// <param name="Confusion">For classification.</param>
public sealed record QualityScores(
    long Count,
    double? Accuracy,
    double? MacroF1,
    double? Auc,
    double? MeanAbsoluteError,
    double? RootMeanSquareError,
    double? R2,
    ConfusionMatrix? Confusion);
