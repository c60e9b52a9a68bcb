namespace Serving.Models;

/// <summary>The models behind an engine: what is served, in which state, and the changes a caller may ask for.</summary>
public interface IModelCatalog
{
    /// <summary>
    /// The signature of a version. A hot-path call: answered from a snapshot, without waiting.
    /// </summary>
    /// <param name="model">The model's name.</param>
    /// <param name="version">A version number, a label, or null for the version that would answer.</param>
    Outcome<ModelMetadata> GetMetadata(string model, string? version);

    /// <summary>Whether a version (or, with null, any version) of the model is ready to answer.</summary>
    Outcome<bool> IsReady(string model, string? version);

    /// <summary>Every model and version the repository knows, by name and version number.</summary>
    ValueTask<IReadOnlyList<ModelIndexEntry>> ListAsync(CancellationToken cancellationToken);

    /// <summary>The model's effective configuration, as the JSON form of Triton's ModelConfig.</summary>
    ValueTask<Outcome<ReadOnlyMemory<byte>>> GetConfigAsync(string model, string? version, CancellationToken cancellationToken);

    /// <summary>Cumulative statistics; of one version, of one model, or (model null) of all.</summary>
    ValueTask<Outcome<IReadOnlyList<ModelStatistics>>> GetStatisticsAsync(string? model, string? version, CancellationToken cancellationToken);

    /// <summary>
    /// Loads a model, or loads it again, and waits until it is ready or has failed. Only in explicit mode, else
    /// <see cref="ErrorCode.ModelNotReady"/>.
    /// </summary>
    ValueTask<Outcome<Done>> LoadAsync(ModelLoadRequest request, CancellationToken cancellationToken);

    /// <summary>Unloads a model and waits until its last request is answered. Only in explicit mode. Unknown names are not an error.</summary>
    ValueTask<Outcome<Done>> UnloadAsync(string model, CancellationToken cancellationToken);
}
