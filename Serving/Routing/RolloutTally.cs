using Serving.Inference;
using Serving.Routing.Rollouts;

namespace Serving.Routing;

/// <summary>
/// Counts, in one process, what both arms of a running rollout do, until they are reported. Only drawn requests count: a caller
/// who names a version or is sent by a rule proves nothing about the draw.
/// </summary>
/// <param name="from">The stable version.</param>
/// <param name="to">The new version.</param>
/// <param name="budgetMs">Above this an answer is slow; null when nobody asks.</param>
internal sealed class RolloutTally(string from, string to, double? budgetMs)
{
    /// <summary>Epochs that are kept apart until the next report; a rollout has one a step.</summary>
    private const int MaxEpochs = 64;

    private readonly Lock gate = new();
    private readonly SortedDictionary<long, (Arm Stable, Arm Canary)> epochs = [];

    public void Count(in RouteDecision route, ServingError? error, TimeSpan latency)
    {
        if (route.Reason is not (RouteReason.Weight or RouteReason.Sticky) || error?.Code is ErrorCode.InvalidRequest) return;
        lock (gate)
        {
            if (!epochs.TryGetValue(route.Epoch, out var arms))
            {
                if (epochs.Count == MaxEpochs) return;
                epochs[route.Epoch] = arms = (new Arm(), new Arm());
            }

            if (route.Version == to) arms.Canary.Add(error is not null, latency, budgetMs);
            else if (route.Version == from) arms.Stable.Add(error is not null, latency, budgetMs);
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

    private sealed class Arm
    {
        private readonly LatencyHistogram latencies = new();
        private long requests;
        private long errors;
        private long slow;

        public void Add(bool failed, TimeSpan latency, double? budgetMs)
        {
            requests++;
            if (failed)
            {
                errors++;
                return;
            }

            if (latency.TotalMilliseconds > budgetMs) slow++;
            latencies.Add(latency);
        }

        public ArmReport Report() => new(requests, errors, slow, latencies.ToCounts());
    }
}
