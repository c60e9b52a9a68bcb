using Serving.Inference;
using Serving.Routing.Rollouts;

namespace Serving.Routing;

/// <summary>
/// Counts, in one process, what both arms of a running rollout do, until they are reported. Only drawn requests count: a caller
/// who names a version or is sent by a rule proves nothing about the draw. One tally lasts for one rollout, since what a sticky
/// caller shows again at a later step is not news.
/// </summary>
/// <param name="from">The stable version.</param>
/// <param name="to">The new version.</param>
/// <param name="budgetMs">Above this an answer is slow; null when nobody asks.</param>
/// <param name="firstEpoch">The epoch the rollout began with, which names it.</param>
internal sealed class RolloutTally(string from, string to, double? budgetMs, long firstEpoch = 0)
{
    /// <summary>Epochs that are kept apart until the next report; a rollout has one a step.</summary>
    private const int MaxEpochs = 64;

    private readonly Lock gate = new();
    private readonly SortedDictionary<long, (Arm Stable, Arm Canary)> epochs = [];
    private readonly CallerFilter failed = new();
    private readonly CallerFilter slow = new();
    private readonly CallerFilter timed = new();

    /// <summary>The epoch the rollout began with.</summary>
    public long FirstEpoch => firstEpoch;

    /// <summary>Counts a request that was routed while both arms were ready.</summary>
    /// <param name="route">Its route.</param>
    /// <param name="caller">Its sticky key, see <see cref="ModelRoutes.CallerOf"/>; null for a request that was drawn by itself.</param>
    /// <param name="error">Why it failed; null for an answer.</param>
    /// <param name="latency">How long the answer took.</param>
    public void Count(in RouteDecision route, string? caller, ServingError? error, TimeSpan latency)
    {
        if (route.Reason is not (RouteReason.Weight or RouteReason.Sticky) || (error is not null && !IsVersions(error.Code))) return;
        if (route.Reason == RouteReason.Weight) caller = null;
        lock (gate)
        {
            if (!epochs.TryGetValue(route.Epoch, out var arms))
            {
                if (epochs.Count == MaxEpochs) return;
                epochs[route.Epoch] = arms = (new Arm(), new Arm());
            }

            if (route.Version == to) Add(arms.Canary, caller, error is not null, latency);
            else if (route.Version == from) Add(arms.Stable, caller, error is not null, latency);
        }
    }

    /// <summary>What was counted since the last cut; empty when there was nothing.</summary>
    public IReadOnlyList<EpochReport> Cut()
    {
        lock (gate)
        {
            if (epochs.Count == 0) return [];
            var reports = new List<EpochReport>(epochs.Count);
            foreach (var (epoch, arms) in epochs) reports.Add(new EpochReport(epoch, arms.Stable.Report(), arms.Canary.Report()));
            epochs.Clear();
            return reports;
        }
    }

    /// <summary>
    /// Whether an error may be the version's doing. A request that is refused as invalid may be: the new version may take other
    /// inputs than the stable one. Callers' own faults fall on both arms alike and so prove nothing.
    /// </summary>
    private static bool IsVersions(ErrorCode code) => code is ErrorCode.InvalidRequest or ErrorCode.ModelNotReady or ErrorCode.Overloaded
        or ErrorCode.DeadlineExceeded or ErrorCode.Unsupported or ErrorCode.ModelFailed or ErrorCode.Internal;

    private void Add(Arm arm, string? caller, bool hasFailed, TimeSpan latency)
    {
        arm.Requests++;
        if (hasFailed)
        {
            arm.Errors++;
            if (caller is null || failed.IsFirst(caller)) arm.TestedErrors++;
            return;
        }

        if (latency.TotalMilliseconds > budgetMs)
        {
            arm.Slow++;
            if (caller is null || slow.IsFirst(caller)) arm.TestedSlow++;
        }

        arm.Latencies.Add(latency);
        if (caller is null || timed.IsFirst(caller)) arm.TestedLatencies.Add(latency);
    }

    private sealed class Arm
    {
        public LatencyHistogram Latencies { get; } = new();

        public LatencyHistogram TestedLatencies { get; } = new();

        public long Requests { get; set; }

        public long Errors { get; set; }

        public long Slow { get; set; }

        public long TestedErrors { get; set; }

        public long TestedSlow { get; set; }

        public ArmReport Report() => new(
            Requests, Errors, Slow, Latencies.ToCounts(), new TestedCounts(TestedErrors, TestedSlow, TestedLatencies.ToCounts()));
    }
}
