namespace Serving.Drift.Quality;

/// <summary>What truths said about one version under one epoch of a rollout, since they were last taken. Corrections take back.</summary>
/// <param name="Epoch">The epoch its requests were drawn under.</param>
/// <param name="Version">The version.</param>
/// <param name="Truths">Instances whose truth came.</param>
/// <param name="Wrong">Of them, those that were answered otherwise.</param>
/// <param name="TestedWrong">Of each draw's wrong answers the first, which alone is evidence.</param>
internal readonly record struct ArmTruths(long Epoch, string Version, long Truths, long Wrong, long TestedWrong);
