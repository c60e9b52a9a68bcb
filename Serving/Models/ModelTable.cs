using System.Collections.Frozen;

namespace Serving.Models;

/// <summary>All models as requests see them at one moment: an immutable snapshot that the model loop swaps whole.</summary>
internal sealed class ModelTable(FrozenDictionary<string, ServedModel> models, bool settled)
{
    public static readonly ModelTable Empty = new(FrozenDictionary<string, ServedModel>.Empty, settled: false);

    public FrozenDictionary<string, ServedModel> Models { get; } = models;

    /// <summary>The repository was read and every model in it is ready, or (explicit mode) was not asked for.</summary>
    public bool AllReady { get; } = settled;

    /// <summary>Every version that can answer.</summary>
    public IEnumerable<ServedVersion> Served => Models.Values.SelectMany(model => model.Versions.Select(number => model.Find(number)!));

    /// <summary>Every version that is known.</summary>
    public IEnumerable<ModelIndexEntry> Index => Models.Values.SelectMany(model => model.Index);

    public Outcome<ServedModel> Find(string model) =>
        Models.TryGetValue(model, out var served) ? served : ServingError.ModelNotFound(model);

    public Outcome<ServedVersion> Find(string model, string? version) =>
        Find(model).TryGetValue(out var served, out var error) ? served.Resolve(version) : error;
}
