namespace Grains.Drift.Quality;

/// <summary>A version's quality as it is kept.</summary>
/// <param name="Fingerprint">Which copy of the version: another one counts since its own load.</param>
/// <param name="Evidence">The monitor's state.</param>
/// <param name="Counts">What it counted since load.</param>
[GenerateSerializer, Immutable, Alias("serving.state.judged")]
internal sealed record JudgedVersion([property: Id(0)] string Fingerprint, [property: Id(1)] byte[] Evidence, [property: Id(2)] byte[] Counts);
