using Serving.Drift.Baselines;

namespace Serving.Drift.Observing;

/// <summary>A feature and where its values are found.</summary>
/// <param name="Spec">Its name and kind.</param>
/// <param name="Alias">Another name it may be called by in a baseline; the same as its name when there is none.</param>
/// <param name="IsOutput">Of the answer, not of the request.</param>
/// <param name="Tensor">Position of the tensor in the signature.</param>
/// <param name="Part">What of the tensor's row.</param>
/// <param name="Column">Which number or text of the row.</param>
/// <param name="Classes">UTF-8 names of the classes for <see cref="SourcePart.Largest"/>; empty for the others.</param>
internal sealed record FeatureSource(
    FeatureSpec Spec, string Alias, bool IsOutput, int Tensor, SourcePart Part, int Column, byte[][] Classes);
