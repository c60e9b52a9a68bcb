namespace Serving.Routing.Rollouts;

/// <summary>Watches for any shift to longer latencies. Readers see the difference of the 99 % quantiles.</summary>
internal sealed class LatencyShiftGuard : IRolloutGuard
{
    public string Name => "latency";

    public string Measure => "p99_ms";

    public GuardFinding Judge(RolloutEvidence evidence, double threshold) => GuardFinding.Of(
        Name, LogEvidence(evidence), threshold, $"fewer than {LatencyLaw.MinLatencies} latencies of the stable version to compare with");

    public Interval Difference(RolloutEvidence evidence, double alpha)
    {
        var stable = QuantileSequence.OfMs(evidence.StableLatencies, 0.99, alpha / 2);
        var canary = QuantileSequence.OfMs(evidence.CanaryLatencies, 0.99, alpha / 2);
        return new Interval(canary.Estimate - stable.Estimate, canary.Low - stable.High, canary.High - stable.Low);
    }

    private static double? LogEvidence(RolloutEvidence evidence)
    {
        if (evidence.LatencyShares is not { } shares) return null;
        Span<LatencyStage> stages = new LatencyStage[evidence.Stages.Count];
        var none = new long[shares.Count];
        for (var i = 0; i < stages.Length; i++)
        {
            var stage = evidence.Stages[i];
            stages[i] = new LatencyStage(stage.Weight / 100.0, BinsOr(none, stage.Canary), BinsOr(none, stage.Stable));
        }

        return LatencyEProcess.LogEvidence(shares, stages);
    }

    /// <summary>Before there was a law nothing was binned.</summary>
    private static IReadOnlyList<long> BinsOr(long[] none, ArmCounts arm) => arm.TestedLatencies.Count == 0 ? none : arm.TestedLatencies;
}
