using Grains.Drift;
using Grains.Drift.Quality;
using Orleans.Runtime;
using Serving;
using Serving.Drift;
using Serving.Drift.Quality;
using Serving.Routing.Rollouts;

namespace Grains.Routing;

/// <summary>
/// What drift and feedback say to a rollout, from the grains that watch its versions. Nobody waits for them: each look at the rollout asks,
/// and goes by the answer to an earlier one, as long as that is fresh. For a grain, whose turns are one at a time.
/// </summary>
/// <param name="grains">The cluster.</param>
/// <param name="model">The model.</param>
/// <param name="clock">The time.</param>
internal sealed class SignsReader(IGrainFactory grains, string model, TimeProvider clock)
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(5);

    private Task reading = Task.CompletedTask;
    private (long Rollout, long At, RolloutSigns Signs)? last;

    /// <summary>
    /// The signs, with all truths since the rollout began; null while they are not known. A rollout that does not go by any has none.
    /// </summary>
    public RolloutSigns? Read(Rollout rollout)
    {
        if (!rollout.Guards.Drift && rollout.Guards.Quality is null) return RolloutSigns.None;
        if (reading.IsCompleted) reading = ReadAsync(rollout.FirstEpoch, rollout.From, rollout.To, rollout.Guards);
        return last is { } known && known.Rollout == rollout.FirstEpoch && clock.GetElapsedTime(known.At) < Fresh ? known.Signs : null;
    }

    private async Task ReadAsync(long rollout, string from, string to, RolloutGuards guards)
    {
        try
        {
            var asked = clock.GetTimestamp();
            var arms = guards.Quality is null ? [] : await grains.GetGrain<IQualityGrain>(model).ReadArms(rollout);
            ArmTruths[] truths = [.. arms.Select(arm => new ArmTruths(arm.Epoch, arm.Version, arm.Truths, arm.Wrong, arm.TestedWrong))];
            if (!guards.Drift) last = (rollout, asked, new RolloutSigns(null, truths));
            else if ((await CompareAsync(from, to)).TryGetValue(out var drift, out _)) last = (rollout, asked, new RolloutSigns(drift, truths));
        }
        catch (Exception lost) when (ClusterFault.Is(lost))
        {
            // What was read last gets old: the rollout then goes no further.
        }
    }

    /// <summary>The new version's alerts beside the stable one's; an error while they are not known.</summary>
    private async Task<Outcome<RolloutDrift?>> CompareAsync(string from, string to)
    {
        var standing = await grains.GetGrain<IMonitorGrain>($"{model}/{to}").GetStanding();
        if (!DriftWire.Read(standing, DriftWire.Default.ListDriftAlert).TryGetValue(out var alerts, out var error))
            return error.Code == ErrorCode.NotFound ? default(Outcome<RolloutDrift?>) : error;
        var free = alerts.Count == 0 ? [] : await grains.GetGrain<IMonitorGrain>($"{model}/{from}").AreFree(standing.Json!);
        return RolloutSigns.Compare(alerts, alert => free[alerts.IndexOf(alert)]);
    }
}
