namespace Serving.Drift;

/// <summary>
/// Baselines, and how the traffic of model versions differs from them. A baseline and a raised alert are durable before they are
/// answered. A version may be named by its number or by a label of the traffic document; one that is not ready is an error.
/// </summary>
public interface IDriftControl
{
    /// <summary>Sets a version's baseline, or begins to learn it. What was counted against another baseline is forgotten.</summary>
    /// <param name="model">The model.</param>
    /// <param name="version">The version.</param>
    /// <param name="body">The upload; read only until the task ends.</param>
    /// <param name="format">How it is written.</param>
    /// <param name="cancellationToken">Ends the wait, not the change.</param>
    ValueTask<Outcome<BaselineStatus>> PutBaselineAsync(
        string model, string version, ReadOnlyMemory<byte> body, BaselineFormat format, CancellationToken cancellationToken);

    /// <summary>The stored form of the baseline as JSON. <see cref="ErrorCode.NotFound"/> when there is none.</summary>
    ValueTask<Outcome<ReadOnlyMemory<byte>>> GetBaselineAsync(string model, string version, CancellationToken cancellationToken);

    /// <summary>Removes the baseline, or ends learning; a baseline in the model's folder stays removed until another is set.</summary>
    ValueTask<Outcome<Done>> DeleteBaselineAsync(string model, string version, CancellationToken cancellationToken);

    /// <summary>The open window, the closed ones that are kept, and the alerts that stand.</summary>
    ValueTask<Outcome<DriftReport>> GetDriftAsync(string model, string version, CancellationToken cancellationToken);

    /// <summary>Alerts that were raised, became more severe or were cleared, oldest first.</summary>
    ValueTask<Outcome<IReadOnlyList<DriftAlert>>> GetEventsAsync(string model, string version, CancellationToken cancellationToken);

    /// <summary>All versions that are watched, each with its newest window only.</summary>
    ValueTask<Outcome<IReadOnlyList<DriftReport>>> ListAsync(CancellationToken cancellationToken);
}
