using Grains.Inference;
using Grains.Routing;
using Orleans.Concurrency;
using Serving.Drift;

namespace Grains.Drift;

/// <summary>
/// Watches one version's drift for the whole cluster; the key is <c>model/version</c>. Silos count what they run, each by itself, and
/// send whole shares of panes, as often as they like: what came twice is counted once. Never on the way of a request.
/// </summary>
[Alias("serving.monitor")]
public interface IMonitorGrain : IGrainWithStringKey
{
    /// <summary>The version is ready, or was loaded anew.</summary>
    [OneWay, Alias("refresh")]
    Task Refresh();

    /// <summary>Compares with this baseline from now on, or begins to learn one. Gives the status as JSON.</summary>
    [ResponseTimeout("00:01:00"), Alias("put-baseline")]
    Task<SentDocument> PutBaseline(Blob body, BaselineFormat format);

    [Alias("get-baseline")]
    Task<SentDocument> GetBaseline();

    [Alias("delete-baseline")]
    Task<SentError?> DeleteBaseline();

    /// <summary>The report as JSON, with everything that living silos have counted; of the closed windows the newest so many.</summary>
    [Alias("report")]
    Task<SentDocument> GetReport(int most);

    /// <summary>The events as JSON.</summary>
    [Alias("events")]
    Task<SentDocument> GetEvents();

    /// <summary>The alerts that stand, as JSON, as of the last pane; not found when the version is compared with no baseline.</summary>
    [AlwaysInterleave, ResponseTimeout("00:00:02"), Alias("standing")]
    Task<SentDocument> GetStanding();

    /// <summary>
    /// Whether the version is free of the like of each of these alerts of another version, as JSON; null where that is not known yet.
    /// </summary>
    [AlwaysInterleave, ResponseTimeout("00:00:02"), Alias("free")]
    Task<bool?[]> AreFree(Blob alerts);

    /// <summary>Has alerts posted that feedback has raised or cleared, as JSON. True once they are kept: whoever judged may then forget them.</summary>
    [AlwaysInterleave, ResponseTimeout("00:00:05"), Alias("tell")]
    Task<bool> Tell(Blob alerts);

    /// <summary>What silos are to count.</summary>
    [AlwaysInterleave, Alias("watch")]
    Task<SentWatch> GetWatch();

    /// <summary>Takes a silo's counts. True once they are kept: the silo may then forget the panes that are whole.</summary>
    [AlwaysInterleave, Alias("count")]
    Task<bool> Count(SentCounts counts);
}
