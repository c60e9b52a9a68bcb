using Grains.Inference;
using Orleans.Concurrency;

namespace Grains.Routing;

/// <summary>
/// Owns one model's traffic document and rollout; the key is the model's name. A change is on disk before it is in force, and in
/// force in every silo that answers before it is answered. Never on the way of a request. Documents travel as JSON.
/// </summary>
[Alias("serving.router")]
public interface IRouterGrain : IGrainWithStringKey
{
    /// <summary>The versions the document names, after its row was published: what a model's grain asks for when it starts.</summary>
    [AlwaysInterleave, Alias("start")]
    Task<long[]> Start();

    /// <summary>The row as it was last saved.</summary>
    [AlwaysInterleave, Alias("row")]
    Task<TrafficRow> GetRow();

    [Alias("get")]
    Task<SentDocument> Get();

    [Alias("put")]
    Task<SentDocument> Put(Blob document, long? match);

    [Alias("delete")]
    Task<SentError?> Delete(long? match);

    [Alias("start-rollout")]
    Task<SentDocument> StartRollout(Blob spec);

    [Alias("get-rollout")]
    Task<SentDocument> GetRollout();

    [Alias("roll-back")]
    Task<SentDocument> RollBack();

    /// <summary>Takes a silo's counts of a running rollout. True when they are taken, now or by an earlier call.</summary>
    [Alias("report")]
    Task<bool> Report(Blob report);

    /// <summary>The model's versions changed.</summary>
    [OneWay, Alias("versions-changed")]
    Task VersionsChanged();
}
