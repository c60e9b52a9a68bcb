namespace Serving.Models;

/// <summary>One row of the repository index.</summary>
/// <param name="Name">The model.</param>
/// <param name="Version">The version, or null where the model as a whole is meant (never loaded, or its configuration is at fault).</param>
/// <param name="State">Where in its life the version is.</param>
/// <param name="Reason">Why it is not ready, where there is more to say.</param>
public sealed record ModelIndexEntry(string Name, string? Version, ModelState State, string? Reason);
