using Grains.Drift;
using Orleans.Concurrency;
using Orleans.Runtime;

namespace Grains.Routing;

/// <summary>
/// Spreads the rows of models, traffic and drift to all silos. One, with the key 0; it keeps nothing on disk: whoever writes a row keeps
/// it, and a table that starts anew gets its rows back from the silos' copies.
/// </summary>
[Alias("serving.routes")]
public interface IRouteTable : IGrainWithIntegerKey
{
    /// <summary>Rows newer than a version; all of them for another term. Answers at once.</summary>
    [AlwaysInterleave, ResponseTimeout("00:00:05"), Alias("get")]
    Task<RouteDelta> GetIfNewer(long term, long version);

    /// <summary>As <see cref="GetIfNewer"/>, and from now on pushes newer rows to the silo: the report is good for some seconds.</summary>
    [AlwaysInterleave, ResponseTimeout("00:00:05"), Alias("subscribe")]
    Task<RouteDelta> Subscribe(IRouteObserver observer, SiloReport report, long term, long version);

    /// <summary>Rows that a silo has and a table that started anew has not; none is an answer too. Once per silo and life of the table.</summary>
    [AlwaysInterleave, ResponseTimeout("00:00:05"), Alias("offer")]
    Task Offer(SiloAddress silo, RouteDelta rows);

    /// <summary>Takes a model's next row. Gives its number, or a higher one when another row stands, above which the next is to be numbered.</summary>
    [AlwaysInterleave, ResponseTimeout("00:00:05"), Alias("publish-model")]
    Task<long> Publish(ModelRow row);

    [AlwaysInterleave, ResponseTimeout("00:00:05"), Alias("publish-traffic")]
    Task Publish(TrafficRow row);

    [AlwaysInterleave, ResponseTimeout("00:00:05"), Alias("publish-watch")]
    Task Publish(WatchRow row);

    /// <summary>Says that every model of the repository has its row.</summary>
    [AlwaysInterleave, ResponseTimeout("00:00:05"), Alias("whole")]
    Task MarkWhole();

    /// <summary>Waits a little until every silo goes by the rows published so far; false when one has not said so yet.</summary>
    [AlwaysInterleave, ResponseTimeout("00:00:05"), Alias("settle")]
    Task<bool> Settle();

    /// <summary>A model's row as it stands; null while the table has just started anew and may lack rows that silos have.</summary>
    [AlwaysInterleave, ResponseTimeout("00:00:05"), Alias("row")]
    Task<StandingRow?> GetRow(string model);

    /// <summary>The silos that live, as they last reported; null while the table has just started anew.</summary>
    [AlwaysInterleave, ResponseTimeout("00:00:05"), Alias("silos")]
    Task<SiloReport[]?> GetSilos();
}
