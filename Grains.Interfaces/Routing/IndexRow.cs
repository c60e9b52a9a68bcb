using Serving.Models;

namespace Grains.Routing;

/// <summary>A row of the repository index.</summary>
[GenerateSerializer, Immutable, Alias("serving.row.index")]
public sealed record IndexRow([property: Id(0)] string? Version, [property: Id(1)] ModelState State, [property: Id(2)] string? Reason);
