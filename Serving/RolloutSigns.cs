using Serving.Drift;
using Serving.Drift.Quality;
using Serving.Routing.Rollouts;

namespace Serving;

/// <summary>What drift and feedback say to a rollout.</summary>
/// <param name="Drift">Null when the new version is not compared with a baseline.</param>
/// <param name="Truths">About both versions, since the last time.</param>
internal sealed record RolloutSigns(RolloutDrift? Drift, IReadOnlyList<ArmTruths> Truths)
{
    public static readonly RolloutSigns None = new(null, []);

    /// <summary>The new version's alerts that are its own: what the stable one has too is the traffic's.</summary>
    /// <param name="alerts">Those that stand for the new version; null when it is compared with no baseline.</param>
    /// <param name="isFree">Whether the stable version is free of the like; null where that is not known yet.</param>
    public static RolloutDrift? Compare(IReadOnlyList<DriftAlert>? alerts, Func<DriftAlert, bool?> isFree)
    {
        return alerts is null ? null : new RolloutDrift(Where(true), Where(null));

        string[] Where(bool? free) => [.. alerts.Where(alert => isFree(alert) == free).Select(alert => alert.Message)];
    }

    /// <summary>What a rollout has not counted yet of all the truths about its versions.</summary>
    public static IReadOnlyList<ArmTruths> Unseen(IReadOnlyList<ArmTruths> all, Rollout rollout)
    {
        var unseen = new List<ArmTruths>();
        foreach (var stage in rollout.Stages)
        {
            Add(stage.Epoch, rollout.From, stage.Stable);
            Add(stage.Epoch, rollout.To, stage.Canary);
        }

        return unseen;

        void Add(long epoch, string version, ArmCounts seen)
        {
            foreach (var arm in all)
            {
                if (arm.Epoch != epoch || arm.Version != version) continue;
                var rest = new ArmTruths(epoch, version, arm.Truths - seen.Truths, arm.Wrong - seen.Wrong, arm.TestedWrong - seen.TestedWrong);
                if (rest is not { Truths: 0, Wrong: 0, TestedWrong: 0 }) unseen.Add(rest);
            }
        }
    }

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
