using Grains.Inference;
using Orleans.Concurrency;
using Orleans.Runtime;

namespace Grains.Models;

/// <summary>
/// Decides one model's versions and where their replicas are; the key is the model's name. Drives the lifecycle machine and
/// publishes the outcome to the route table. Never on the way of a request.
/// </summary>
[Alias("serving.model")]
public interface IModelGrain : IGrainWithStringKey
{
    /// <summary>The repository as it is now, or the silos as they are now: carry on.</summary>
    [Alias("observe")]
    Task Observe(ModelSighting? sighting);

    /// <summary>Loads the model, or loads it again, and waits until it is ready or has failed; null for success.</summary>
    [ResponseTimeout("00:30:00"), Alias("load")]
    Task<SentError?> Load(string? configJson);

    /// <summary>Unloads the model and waits until its last request is answered.</summary>
    [ResponseTimeout("00:10:00"), Alias("unload")]
    Task<SentError?> Unload();

    /// <summary>Brings a version back that is ready but holds no memory anywhere; null once a replica is loaded.</summary>
    [ResponseTimeout("00:30:00"), Alias("awaken")]
    Task<SentError?> Awaken(string version);

    /// <summary>The traffic document names these versions now: they stay, or become, loaded whatever the version policy says.</summary>
    [Alias("route")]
    Task Route(long[] versions);

    /// <summary>How long requests waited in a silo's queue since it last said so: what the number of replicas goes by.</summary>
    [OneWay, Alias("queued")]
    Task Queued(string version, long requests, TimeSpan waited);

    /// <summary>A silo has dropped a replica to make room.</summary>
    [Alias("dropped")]
    Task Dropped(string version, int ordinal, SiloAddress silo);
}
