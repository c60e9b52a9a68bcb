using Grains.Routing;
using Orleans.Concurrency;

namespace Grains.Drift.Quality;

/// <summary>
/// Judges one model by the truth that comes back, for the whole cluster; the key is the model's name. Silos bring what they answered, as
/// often as they like: an answer is named by its request and row, and counts once. Never on the way of a request.
/// </summary>
[Alias("serving.quality")]
public interface IQualityGrain : IGrainWithStringKey
{
    /// <summary>Goes on with what is kept, should it not have since its silo went: alerts that are to be told need nobody else to come.</summary>
    [OneWay, AlwaysInterleave, Alias("wake")]
    Task Wake();

    /// <summary>Takes what a silo answered. True once it is kept: the silo may then forget it.</summary>
    [AlwaysInterleave, Alias("take")]
    Task<bool> Take(SentInstances answered);

    /// <summary>Takes truths as JSON, and gives the receipt as JSON once they are kept.</summary>
    [AlwaysInterleave, Alias("post")]
    Task<SentDocument> Post(Blob truths);

    /// <summary>A version's report as JSON, with everything that living silos have answered.</summary>
    [AlwaysInterleave, Alias("report")]
    Task<SentDocument> GetReport(string version);

    /// <summary>A version's alerts as JSON.</summary>
    [AlwaysInterleave, Alias("events")]
    Task<SentDocument> GetEvents(string version);

    /// <summary>All that truths have said about the versions of a rollout, by the epoch it began with.</summary>
    [AlwaysInterleave, ResponseTimeout("00:00:02"), Alias("arms")]
    Task<SentArm[]> ReadArms(long rollout);
}
