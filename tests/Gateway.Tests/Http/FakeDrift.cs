using Serving;
using Serving.Drift;

namespace Gateway.Tests.Http;

/// <summary>A drift control that has no model.</summary>
internal sealed class FakeDrift : IDriftControl
{
    public ValueTask<Outcome<BaselineStatus>> PutBaselineAsync(
        string model, string version, ReadOnlyMemory<byte> body, BaselineFormat format, CancellationToken cancellationToken) => new(ServingError.ModelNotFound(model));

    public ValueTask<Outcome<ReadOnlyMemory<byte>>> GetBaselineAsync(string model, string version, CancellationToken cancellationToken) => new(ServingError.ModelNotFound(model));

    public ValueTask<Outcome<Done>> DeleteBaselineAsync(string model, string version, CancellationToken cancellationToken) => new(ServingError.ModelNotFound(model));

    public ValueTask<Outcome<DriftReport>> GetDriftAsync(string model, string version, CancellationToken cancellationToken) => new(ServingError.ModelNotFound(model));

    public ValueTask<Outcome<IReadOnlyList<DriftAlert>>> GetEventsAsync(string model, string version, CancellationToken cancellationToken) => new(ServingError.ModelNotFound(model));

    public ValueTask<Outcome<IReadOnlyList<DriftReport>>> ListAsync(CancellationToken cancellationToken) => new(Array.Empty<DriftReport>());
}
