namespace Serving.Routing.Shadows;

/// <summary>What a <see cref="ShadowComparison"/> has counted, as it is stored and sent: exact, so that tallies add up in any order.</summary>
internal sealed record ShadowTally(
    string Version, long Since, long Sent, long Dropped, long Failed, long Compared, long Agreed, IReadOnlyList<OutputTally> Outputs,
    LatencyCounts Primary, TimeSpan PrimaryLongest, LatencyCounts Shadow, TimeSpan ShadowLongest);
