using Orleans.Concurrency;

namespace Grains.Models;

/// <summary>
/// Watches the shared model repository and the set of silos for the whole cluster, and tells the models' grains what changed. One,
/// with the key 0.
/// </summary>
[Alias("serving.repository")]
public interface IRepositoryGrain : IGrainWithIntegerKey
{
    /// <summary>Wakes it, wherever it should be by now. Every silo calls this now and then, so that it lives while one silo does.</summary>
    [AlwaysInterleave, Alias("wake")]
    Task Wake();

    /// <summary>Looks at one model's folder now.</summary>
    [Alias("look")]
    Task<ModelSighting> Look(string model);
}
