using Serving;
using Serving.Drift;

namespace Grains.Requests;

/// <summary>The cluster does not watch drift: every question is answered by saying so.</summary>
internal sealed class UnwatchedDrift : IDriftControl
{
    private static readonly ServingError Unsupported = new(ErrorCode.Unsupported, "drift is not watched in a cluster; the standalone edition does");

    public ValueTask<Outcome<BaselineStatus>> PutBaselineAsync(
        string model, string version, ReadOnlyMemory<byte> body, BaselineFormat format, CancellationToken cancellationToken) => new(Unsupported);

    public ValueTask<Outcome<ReadOnlyMemory<byte>>> GetBaselineAsync(string model, string version, CancellationToken cancellationToken) => new(Unsupported);

    public ValueTask<Outcome<Done>> DeleteBaselineAsync(string model, string version, CancellationToken cancellationToken) => new(Unsupported);

    public ValueTask<Outcome<DriftReport>> GetDriftAsync(string model, string version, CancellationToken cancellationToken) => new(Unsupported);

    public ValueTask<Outcome<IReadOnlyList<DriftAlert>>> GetEventsAsync(string model, string version, CancellationToken cancellationToken) => new(Unsupported);

    public ValueTask<Outcome<IReadOnlyList<DriftReport>>> ListAsync(CancellationToken cancellationToken) => new(Unsupported);
}
