using Serving.Drift.Quality;
using Serving.Routing.Rollouts;

namespace Serving;

/// <summary>What drift and feedback say to a rollout.</summary>
/// <param name="Drift">Null when the new version is not compared with a baseline.</param>
/// <param name="Truths">About both versions, since the last time.</param>
internal sealed record RolloutSigns(RolloutDrift? Drift, IReadOnlyList<ArmTruths> Truths)
{
    public static readonly RolloutSigns None = new(null, []);

    /// <summary>The truths as a report of counts.</summary>
    public IReadOnlyList<EpochReport> ToReports(string from, string to) =>
    [
        .. Truths.GroupBy(arm => arm.Epoch).Select(epoch => new EpochReport(epoch.Key, Of(epoch, from), Of(epoch, to))),
    ];

    private static ArmReport Of(IEnumerable<ArmTruths> epoch, string version)
    {
        var arm = epoch.FirstOrDefault(arm => arm.Version == version);
        return new ArmReport(0, 0, 0, Routing.LatencyCounts.None, null, arm.Truths, arm.Wrong, arm.TestedWrong);
    }
}
