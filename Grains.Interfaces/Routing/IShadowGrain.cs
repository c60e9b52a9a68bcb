using Orleans.Concurrency;

namespace Grains.Routing;

/// <summary>
/// Adds up what silos counted of one model's shadows; the key is the model's name. Each silo tells everything that it has counted since it
/// began, as often as it likes. Never on the way of a request.
/// </summary>
[Alias("serving.shadows")]
public interface IShadowGrain : IGrainWithStringKey
{
    /// <summary>Takes a silo's counts. True once they are kept, so that they outlive the silo.</summary>
    [Alias("count")]
    Task<bool> Count(SentShadows counts);

    /// <summary>How the model's present shadows compare, over all silos, as JSON.</summary>
    [AlwaysInterleave, Alias("get")]
    Task<SentDocument> Get();
}
