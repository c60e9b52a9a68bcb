namespace Serving.Models;

/// <summary>The catalogue of one process: reads the model table, and hands explicit loads to the model loop.</summary>
internal sealed class LocalModelCatalog(ModelLoop models) : IModelCatalog
{
    public Outcome<ModelMetadata> GetMetadata(string model, string? version)
    {
        if (!models.Table.Find(model).TryGetValue(out var served, out var error)
            || !served.Resolve(version).TryGetValue(out var found, out error)) return error;
        return found.Metadata with { Versions = served.Versions };
    }

    public Outcome<bool> IsReady(string model, string? version)
    {
        if (!models.Table.Find(model).TryGetValue(out var served, out var error)) return error;
        if (served.Resolve(version).TryGetValue(out _, out error)) return true;
        return error.Code == ErrorCode.ModelNotReady ? false : error;
    }

    public ValueTask<IReadOnlyList<ModelIndexEntry>> ListAsync(CancellationToken cancellationToken)
    {
        var table = models.Table;
        return new([.. table.Models.Values.OrderBy(m => m.Name, StringComparer.Ordinal).SelectMany(m => m.Index)]);
    }

    public ValueTask<Outcome<ReadOnlyMemory<byte>>> GetConfigAsync(string model, string? version, CancellationToken cancellationToken) =>
        new(models.Table.Find(model, version).TryGetValue(out var found, out var error)
            ? found.ConfigJson
            : (Outcome<ReadOnlyMemory<byte>>)error);

    public ValueTask<Outcome<IReadOnlyList<ModelStatistics>>> GetStatisticsAsync(
        string? model, string? version, CancellationToken cancellationToken) => new(ReadStatistics(model, version));

    public ValueTask<Outcome<Done>> LoadAsync(ModelLoadRequest request, CancellationToken cancellationToken) =>
        models.LoadAsync(request, cancellationToken);

    public ValueTask<Outcome<Done>> UnloadAsync(string model, CancellationToken cancellationToken) =>
        models.UnloadAsync(model, cancellationToken);

    private Outcome<IReadOnlyList<ModelStatistics>> ReadStatistics(string? model, string? version)
    {
        var table = models.Table;
        if (model is null) return Read(table.Models.Values.OrderBy(m => m.Name, StringComparer.Ordinal));
        if (!table.Find(model).TryGetValue(out var served, out var error)) return error;
        if (version is null) return Read([served]);
        return served.Resolve(version).TryGetValue(out var found, out error) ? (List<ModelStatistics>)[found.ReadStatistics()] : error;
    }

    private static List<ModelStatistics> Read(IEnumerable<ServedModel> models) =>
        [.. models.SelectMany(m => m.Versions.Select(v => m.Find(v)!.ReadStatistics()))];
}
