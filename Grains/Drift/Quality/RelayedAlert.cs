using Serving.Drift;

namespace Grains.Drift.Quality;

/// <summary>An alert on its way to the monitor of its version.</summary>
/// <param name="Version">The version.</param>
/// <param name="At">When it came to be.</param>
/// <param name="Id">Its id.</param>
/// <param name="Alert">All of it, as JSON.</param>
[GenerateSerializer, Immutable, Alias("serving.state.relayed")]
internal sealed record RelayedAlert(
    [property: Id(0)] string Version, [property: Id(1)] DateTimeOffset At, [property: Id(2)] string Id, [property: Id(3)] Blob Alert)
{
    public static RelayedAlert Of(string version, DriftAlert alert) =>
        new(version, alert.At, alert.Id, DriftWire.Write([alert], DriftWire.Default.ListDriftAlert).Json!);
}
