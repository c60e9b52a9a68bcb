using Serving.Drift;
using Serving.Drift.Alerts;

namespace Grains.Drift.Quality;

/// <summary>
/// Takes alerts about quality to the monitors of their versions, which post them like their own. Lives in the turns of the model's grain, which
/// keeps them with the evidence: nobody is told of one before it is kept, and what its monitor has not kept is told again. One that a killed
/// grain had told just before is told twice, under the same id.
/// </summary>
/// <param name="tell">Tells a version's monitor; true once that has kept it.</param>
/// <param name="giveUp">What no monitor took for as long as it would try to deliver it: the version is gone.</param>
internal sealed class AlertRelay(Func<string, Blob, Task<bool>> tell, Action<RelayedAlert> giveUp)
{
    private readonly List<RelayedAlert> alerts = [];
    private readonly HashSet<RelayedAlert> kept = [];
    private bool isRunning;

    /// <summary>Nobody is to be told of anything.</summary>
    public bool IsEmpty => alerts.Count == 0;

    public void Add(string version, DriftAlert alert) => alerts.Add(RelayedAlert.Of(version, alert));

    /// <summary>What is to be kept now.</summary>
    public RelayedAlert[] Save() => [.. alerts];

    /// <summary>That is kept: monitors may be told.</summary>
    public void Saved(IEnumerable<RelayedAlert> saved) => kept.UnionWith(saved.Where(alerts.Contains));

    /// <summary>Takes what an earlier life of the grain had kept.</summary>
    public void Restore(IReadOnlyList<RelayedAlert> saved)
    {
        alerts.Clear();
        alerts.AddRange(saved);
        Saved(saved);
    }

    /// <summary>Tells the oldest alert of each version.</summary>
    public async Task RunAsync(DateTimeOffset now)
    {
        if (isRunning) return;
        isRunning = true;
        try
        {
            foreach (var alert in alerts.Where(kept.Contains).DistinctBy(alert => alert.Version).ToArray())
            {
                if (!await tell(alert.Version, alert.Alert))
                {
                    if (now - alert.At < Outbox.Retention) continue;
                    giveUp(alert);
                }

                alerts.Remove(alert);
                kept.Remove(alert);
            }
        }
        finally
        {
            isRunning = false;
        }
    }
}
