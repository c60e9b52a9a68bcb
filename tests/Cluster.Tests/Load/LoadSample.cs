namespace Cluster.Tests.Load;

/// <summary>One request.</summary>
/// <param name="At">When it was due, from the start of the load.</param>
/// <param name="Took">From then to its answer.</param>
/// <param name="Gateway">Where it was sent.</param>
/// <param name="Model">For which model.</param>
/// <param name="Failure">Null for an answer.</param>
internal sealed record LoadSample(TimeSpan At, TimeSpan Took, Uri Gateway, string Model, string? Failure);
