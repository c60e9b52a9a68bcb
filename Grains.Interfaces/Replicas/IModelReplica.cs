using Grains.Inference;
using Orleans.Concurrency;
using Orleans.Runtime;

namespace Grains.Replicas;

/// <summary>
/// One loaded copy of a version on one silo; the key is a <see cref="ReplicaKey"/>. A thin handle on its silo's model host: it
/// never loads while it activates, and a replica that nobody loaded says so at once.
/// </summary>
[Alias("serving.replica")]
public interface IModelReplica : IGrainWithStringKey
{
    /// <summary>Runs one request. Safe to repeat elsewhere: inference changes nothing.</summary>
    [AlwaysInterleave, ResponseTimeout("00:05:00"), Alias("infer")]
    Task<SentAnswer> Infer(SentRequest request, CancellationToken cancellationToken);

    /// <summary>Runs a copy of a request whose answer is only compared. Refused at once for want of room, of which it has little.</summary>
    [AlwaysInterleave, ResponseTimeout("00:00:10"), Alias("shadow")]
    Task<SentAnswer> Shadow(SentRequest request);

    /// <summary>
    /// Runs requests that came together, each for itself; there is an answer to every one, in their order, when all have run. For those whose
    /// runs are short: none can be called back.
    /// </summary>
    [AlwaysInterleave, ResponseTimeout("00:05:00"), Alias("infer-together")]
    ValueTask<SentAnswers> InferTogether(SentRequests requests);

    /// <summary>Loads and warms what the order names, on the silo where the replica is. Again with the same order: no effect.</summary>
    /// <param name="order">What to load.</param>
    /// <param name="mayEvict">The silo may drop idle models to make room.</param>
    [ResponseTimeout("00:30:00"), Alias("load")]
    Task<LoadReport> Load(LoadOrder order, bool mayEvict);

    /// <summary>Takes no more requests, lets those it has end, and lets go of the version.</summary>
    [ResponseTimeout("00:10:00"), Alias("unload")]
    Task Unload();

    /// <summary>
    /// The silo that answers, whether anything is loaded there or not; another one than the name says, when that is gone. Answers at once, which
    /// tells a slow model from a silent silo.
    /// </summary>
    [AlwaysInterleave, ResponseTimeout("00:00:01"), Alias("where")]
    Task<SiloAddress> Where();

    /// <summary>Sends the version's monitor what its silo has counted so far; done once it is taken.</summary>
    [AlwaysInterleave, ResponseTimeout("00:00:02"), Alias("flush-counts")]
    Task FlushCounts();

    /// <summary>Sends the model's quality grain what its silo has answered so far; done once it is taken.</summary>
    [AlwaysInterleave, ResponseTimeout("00:00:02"), Alias("flush-answers")]
    Task FlushAnswers();

    /// <summary>Posts an alert of the version to a receiver that its configuration names. The secret that signs it stays where the version is loaded.</summary>
    [AlwaysInterleave, ResponseTimeout("00:00:15"), Alias("post")]
    Task<PostReport> Post(SentAlert alert);

    /// <summary>Null when nothing is loaded.</summary>
    [AlwaysInterleave, Alias("status")]
    Task<SentStatistics?> GetStatistics();
}
