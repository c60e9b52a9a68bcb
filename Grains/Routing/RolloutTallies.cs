using Orleans.Runtime;
using Serving.Routing;
using Serving.Routing.Rollouts;

namespace Grains.Routing;

/// <summary>
/// This silo's counts of the rollouts that run: cut every second and reported to the models' routers. A report is repeated until it
/// is taken, so that none is lost or counted twice.
/// </summary>
internal sealed class RolloutTallies(IGrainFactory grains)
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, Running> running = new(StringComparer.Ordinal);
    private readonly string node = Guid.NewGuid().ToString("N");

    /// <summary>The tally of a model's rollout, the same one as long as the rollout is; null when none runs.</summary>
    public RolloutTally? Of(TrafficRow row)
    {
        lock (gate)
        {
            if (row.RolloutFrom is not { } from || row.RolloutTo is not { } to)
            {
                running.Remove(row.Model);
                return null;
            }

            if (!running.TryGetValue(row.Model, out var held) || held.Tally.FirstEpoch != row.RolloutEpoch)
                running[row.Model] = held = new Running(new RolloutTally(from, to, row.BudgetMs, row.RolloutEpoch));
            return held.Tally;
        }
    }

    public async Task ReportAsync()
    {
        KeyValuePair<string, Running>[] all;
        lock (gate) all = [.. running];
        foreach (var (model, one) in all)
        {
            if (one.Pending is null && one.Tally.Cut() is { Count: > 0 } cut) one.Pending = new RolloutReport(node, ++one.Sequence, cut);
            if (one.Pending is not { } report) continue;
            try
            {
                if (await grains.GetGrain<IRouterGrain>(model).Report(RoutingWire.Write(report)).ConfigureAwait(false)) one.Pending = null;
            }
            catch (Exception lost) when (ClusterFault.Is(lost))
            {
                // The same report again with the next beat.
            }
        }
    }

    private sealed class Running(RolloutTally tally)
    {
        public RolloutTally Tally { get; } = tally;

        public long Sequence { get; set; }

        /// <summary>Cut, but not known to be taken.</summary>
        public RolloutReport? Pending { get; set; }
    }
}
