namespace Grains.Models;

/// <summary>One version on disk.</summary>
/// <param name="Number">Its number.</param>
/// <param name="Fingerprint">Of its files, or the reason why it has none to load.</param>
[GenerateSerializer, Immutable, Alias("serving.sighted")]
public sealed record SightedVersion([property: Id(0)] long Number, [property: Id(1)] string Fingerprint);
