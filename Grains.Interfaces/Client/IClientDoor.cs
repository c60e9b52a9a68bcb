using Grains.Inference;
using Grains.Replicas;
using Orleans.Concurrency;

namespace Grains.Client;

/// <summary>
/// Where clients of the cluster come in: on the silo that the client is connected to, whose engine answers as it answers its own gateway.
/// A client ties each key to one of its connections, so that taking keys in turn spreads requests over the silos.
/// </summary>
[Alias("serving.door")]
public interface IClientDoor : IGrainWithIntegerKey
{
    /// <summary>Keys in use: 0 to this, exclusive.</summary>
    const int Keys = 32;

    /// <summary>Chooses a version and a replica, and runs the request. Safe to repeat: inference changes nothing.</summary>
    [AlwaysInterleave, ResponseTimeout("00:05:00"), Alias("infer")]
    Task<SentAnswer> Infer(SentRequest request, CancellationToken cancellationToken);

    /// <summary>Null when the silo is ready; else why not, as its health endpoint says.</summary>
    [AlwaysInterleave, ResponseTimeout("00:00:05"), Alias("ready")]
    Task<string?> WhyNotReady();

    [AlwaysInterleave, Alias("statistics")]
    Task<StatisticsReply> GetStatistics(string? model, string? version);

    /// <summary>In explicit mode, loads the model and waits; null for success.</summary>
    [AlwaysInterleave, ResponseTimeout("00:30:00"), Alias("load")]
    Task<SentError?> Load(string model, string? configJson);

    /// <summary>In explicit mode, unloads the model and waits; null for success.</summary>
    [AlwaysInterleave, ResponseTimeout("00:10:00"), Alias("unload")]
    Task<SentError?> Unload(string model);
}
