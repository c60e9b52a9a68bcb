using Grains.Hosting;
using Grains.Models;
using Grains.Replicas;
using Grains.Routing;
using Orleans.Runtime;
using Serving;
using Serving.Models;

namespace Grains.Requests;

/// <summary>The catalogue of the cluster: answers from this process's snapshot, sums statistics over replicas, hands changes to the models' grains.</summary>
internal sealed class ClusterModelCatalog(RouteFeed feed, IGrainFactory grains, SiloServingOptions options) : IModelCatalog
{
    public Outcome<ModelMetadata> GetMetadata(string model, string? version) =>
        feed.Table.Find(model, version).TryGetValue(out var found, out var error) ? found.Metadata : error;

    public Outcome<bool> IsReady(string model, string? version)
    {
        if (feed.Table.Find(model, version).TryGetValue(out _, out var error)) return true;
        return error.Code == ErrorCode.ModelNotReady ? false : error;
    }

    public ValueTask<IReadOnlyList<ModelIndexEntry>> ListAsync(CancellationToken cancellationToken) =>
        new([.. feed.Table.Models.Values.OrderBy(m => m.Name, StringComparer.Ordinal).SelectMany(m => m.Index)]);

    public ValueTask<Outcome<ReadOnlyMemory<byte>>> GetConfigAsync(string model, string? version, CancellationToken cancellationToken) =>
        new(feed.Table.Find(model, version).TryGetValue(out var found, out var error)
            ? found.Row.Description.Config.Bytes
            : (Outcome<ReadOnlyMemory<byte>>)error);

    public async ValueTask<Outcome<IReadOnlyList<ModelStatistics>>> GetStatisticsAsync(
        string? model, string? version, CancellationToken cancellationToken)
    {
        var table = feed.Table;
        IEnumerable<ClusterVersion> versions;
        if (model is null) versions = table.Models.Values.OrderBy(m => m.Name, StringComparer.Ordinal).SelectMany(All);
        else if (!table.Find(model).TryGetValue(out var found, out var error)) return error;
        else if (version is null) versions = All(found);
        else if (found.Resolve(version).TryGetValue(out var one, out error)) versions = [one];
        else return error;
        return await Task.WhenAll(versions.Select(SumAsync)).WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    public ValueTask<Outcome<Done>> LoadAsync(ModelLoadRequest request, CancellationToken cancellationToken)
    {
        if (Refusal() is { } refused) return new(refused);
        return request.Files.Count > 0
            ? new(new ServingError(ErrorCode.Unsupported, "a cluster loads files from its shared model repository only; put them there and load without files"))
            : ChangeAsync(grains.GetGrain<IModelGrain>(request.Model).Load(request.ConfigJson), cancellationToken);
    }

    public ValueTask<Outcome<Done>> UnloadAsync(string model, CancellationToken cancellationToken) =>
        Refusal() is { } refused ? new(refused) : ChangeAsync(grains.GetGrain<IModelGrain>(model).Unload(), cancellationToken);

    private static IEnumerable<ClusterVersion> All(ClusterModel model) => model.Versions.Select(v => model.Find(v)!);

    private static async ValueTask<Outcome<Done>> ChangeAsync(Task<Inference.SentError?> change, CancellationToken cancellationToken)
    {
        try
        {
            return await change.WaitAsync(cancellationToken).ConfigureAwait(false) is { } error ? error.ToError() : default(Done);
        }
        catch (Exception lost) when (ClusterFault.Is(lost))
        {
            return new ServingError(ErrorCode.ModelNotReady, $"the cluster cannot take changes now: {lost.Message}", TimeSpan.FromSeconds(5));
        }
    }

    /// <summary>The sum over the version's replicas; what does not answer is left out.</summary>
    private static async Task<ModelStatistics> SumAsync(ClusterVersion version)
    {
        var parts = await Task.WhenAll(version.Replicas.Select(ReadAsync)).ConfigureAwait(false);
        var description = version.Row.Description;
        return StatisticsSum.Of(description.Model, description.Version, [.. parts.OfType<ModelStatistics>()]);
    }

    private static async Task<ModelStatistics?> ReadAsync(ReplicaLink replica)
    {
        if (replica.Local is { } local) return local.ReadStatistics();
        try
        {
            return (await replica.Grain.GetStatistics().ConfigureAwait(false))?.ToStatistics();
        }
        catch (Exception lost) when (ClusterFault.Is(lost))
        {
            return null;
        }
    }

    private ServingError? Refusal() => options.Serving.ControlMode == ControlMode.Explicit
        ? null
        : new ServingError(ErrorCode.ModelNotReady,
            "explicit model load / unload is not allowed in this mode; start with --model-control-mode explicit");
}
