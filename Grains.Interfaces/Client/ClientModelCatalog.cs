using Grains.Inference;
using Orleans.Runtime;
using Serving;
using Serving.Models;

namespace Grains.Client;

/// <summary>The catalogue as a client sees it: descriptions from its copy of the routes, the rest from the silo it is connected to.</summary>
internal sealed class ClientModelCatalog(ClientRoutes routes, IGrainFactory grains) : IModelCatalog
{
    private readonly IClientDoor door = grains.GetGrain<IClientDoor>(0);

    public Outcome<ModelMetadata> GetMetadata(string model, string? version)
    {
        if (!routes.Find(model).TryGetValue(out var found, out var error) || !found.Resolve(version).TryGetValue(out var description, out error)) return error;
        return description.ToMetadata(found.Versions);
    }

    public Outcome<bool> IsReady(string model, string? version)
    {
        if (!routes.Find(model).TryGetValue(out var found, out var error)) return error.Code == ErrorCode.ModelNotReady ? false : error;
        error = found.Resolve(version).Error;
        return error is null ? true : error.Code == ErrorCode.ModelNotReady ? false : error;
    }

    public ValueTask<IReadOnlyList<ModelIndexEntry>> ListAsync(CancellationToken cancellationToken) =>
        new([.. routes.Models.OrderBy(m => m.Key, StringComparer.Ordinal).SelectMany(m => m.Value.Index)]);

    public ValueTask<Outcome<ReadOnlyMemory<byte>>> GetConfigAsync(string model, string? version, CancellationToken cancellationToken)
    {
        if (!routes.Find(model).TryGetValue(out var found, out var error) || !found.Resolve(version).TryGetValue(out var description, out error))
            return new(error);
        return new(description.Config.Bytes);
    }

    public async ValueTask<Outcome<IReadOnlyList<ModelStatistics>>> GetStatisticsAsync(string? model, string? version, CancellationToken cancellationToken)
    {
        try
        {
            var reply = await door.GetStatistics(model, version).WaitAsync(cancellationToken).ConfigureAwait(false);
            return reply.Error is { } error ? error.ToError() : reply.Versions.Select(v => v.ToStatistics()).ToArray();
        }
        catch (Exception lost) when (ClusterFault.Is(lost))
        {
            return Unreachable(lost);
        }
    }

    public ValueTask<Outcome<Done>> LoadAsync(ModelLoadRequest request, CancellationToken cancellationToken) => request.Files.Count > 0
        ? new(new ServingError(ErrorCode.Unsupported, "a cluster loads files from its shared model repository only; put them there and load without files"))
        : ChangeAsync(door.Load(request.Model, request.ConfigJson), cancellationToken);

    public ValueTask<Outcome<Done>> UnloadAsync(string model, CancellationToken cancellationToken) => ChangeAsync(door.Unload(model), cancellationToken);

    private static async ValueTask<Outcome<Done>> ChangeAsync(Task<SentError?> change, CancellationToken cancellationToken)
    {
        try
        {
            return await change.WaitAsync(cancellationToken).ConfigureAwait(false) is { } error ? error.ToError() : default(Done);
        }
        catch (Exception lost) when (ClusterFault.Is(lost))
        {
            return Unreachable(lost);
        }
    }

    private static ServingError Unreachable(Exception lost) =>
        new(ErrorCode.ModelNotReady, $"the cluster does not answer this client: {lost.Message}", TimeSpan.FromSeconds(5));
}
