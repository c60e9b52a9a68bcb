namespace Serving.Routing.Rollouts;

/// <summary>
/// A confidence sequence for the excess of the canary's event rate over the stable version's: the tolerances that
/// <see cref="EventEProcess"/> rejects on neither side. What it shows and what the guard decides can therefore never disagree.
/// It holds at all times at once, for an excess that stays the same while the rates may move.
/// </summary>
internal static class DifferenceSequence
{
    /// <summary>Halvings of the interval from -1 to 1: an error below 10^-9.</summary>
    private const int Halvings = 31;

    /// <param name="stages">The counts, by stage.</param>
    /// <param name="alpha">The probability that the sequence ever leaves the truth out.</param>
    public static Interval Of(ReadOnlySpan<EventStage> stages, double alpha)
    {
        Span<EventStage> swapped = stackalloc EventStage[stages.Length];
        for (var i = 0; i < stages.Length; i++) swapped[i] = stages[i].Swapped();
        return new Interval(Estimate(stages), Lower(stages, alpha / 2), -Lower(swapped, alpha / 2));
    }

    /// <summary>The stages' differences, weighted by the smaller arm's requests; null while an arm has none.</summary>
    private static double? Estimate(ReadOnlySpan<EventStage> stages)
    {
        var (sum, weights) = (0.0, 0.0);
        foreach (var stage in stages)
        {
            if (stage.CanaryRequests == 0 || stage.StableRequests == 0) continue;
            var weight = (double)Math.Min(stage.CanaryRequests, stage.StableRequests);
            var difference = (double)stage.CanaryEvents / stage.CanaryRequests - (double)stage.StableEvents / stage.StableRequests;
            sum += weight * difference;
            weights += weight;
        }

        return weights == 0 ? null : sum / weights;
    }

    /// <summary>The largest tolerance that is rejected; the evidence falls as the tolerance grows.</summary>
    private static double Lower(ReadOnlySpan<EventStage> stages, double alpha)
    {
        var threshold = -Math.Log(alpha);
        var (low, high) = (-1.0, 1.0);
        for (var i = 0; i < Halvings; i++)
        {
            var middle = (low + high) / 2;
            if (EventEProcess.LogEvidence(stages, middle) >= threshold) low = middle;
            else high = middle;
        }

        return low;
    }
}
