using Serving.Drift.Panes;

namespace Serving.Drift.Quality;

/// <summary>
/// Counts the truths about a rollout's two versions for its quality guard. A draw that took several instances along, a sticky
/// caller's or a request of many rows, is one draw: only the first of its wrong answers in a rollout is evidence.
/// </summary>
internal sealed class ArmTally
{
    /// <summary>Draws whose first wrong answer is remembered; beyond, further ones are counted and not tested.</summary>
    private const int MostUnits = 100_000;

    private readonly HashSet<string> units = new(StringComparer.Ordinal);
    private readonly Dictionary<(long Epoch, string Version), ArmTruths> counts = [];
    private long rollout;

    /// <summary>An instance's truth is known, or another one than before.</summary>
    public void Count(Instance instance, bool isWrong)
    {
        if (instance.Draw is not { } draw || draw.Rollout < rollout)
            return;
        if (draw.Rollout > rollout)
        {
            rollout = draw.Rollout;
            units.Clear();
            counts.Clear();
        }

        var (wasCounted, wasTested) = (instance.Comparison is not Comparison.None, instance.Comparison is Comparison.TestedWrong);
        var wasWrong = instance.Comparison is Comparison.Wrong or Comparison.TestedWrong;
        var isTested = isWrong && (wasTested || (!wasWrong && IsFirst(draw.Unit)));
        instance.Comparison = isTested ? Comparison.TestedWrong : isWrong ? Comparison.Wrong : Comparison.Right;
        var key = (draw.Epoch, instance.Version);
        var before = counts.GetValueOrDefault(key);
        counts[key] = new ArmTruths(
            draw.Epoch, instance.Version, before.Truths + (wasCounted ? 0 : 1), before.Wrong + Difference(isWrong, wasWrong),
            before.TestedWrong + Difference(isTested, wasTested));
    }

    /// <summary>What was counted since the last cut.</summary>
    public ArmTruths[] Cut()
    {
        ArmTruths[] cut = [.. counts.Values];
        counts.Clear();
        return cut;
    }

    /// <summary>What was counted of this rollout since the last cut.</summary>
    public ArmTruths[] Read(long asked) => asked == rollout ? [.. counts.Values] : [];

    public void Write(StateWriter state)
    {
        state.Write(rollout);
        state.Write((long)counts.Count);
        foreach (var arm in counts.Values.OrderBy(arm => arm.Epoch).ThenBy(arm => arm.Version, StringComparer.Ordinal))
        {
            state.Write(arm.Epoch);
            state.Write(arm.Version);
            state.Write(arm.Truths);
            state.Write(arm.Wrong);
            state.Write(arm.TestedWrong);
        }
    }

    /// <summary>Takes what <see cref="Write"/> wrote into an empty tally that is never cut: so no count is below nothing.</summary>
    /// <param name="state">What was written.</param>
    /// <param name="kept">The instances that are kept, which know whose first wrong answer was counted.</param>
    public void Read(ref StateReader state, IEnumerable<Instance> kept)
    {
        rollout = state.ReadCount();
        var count = state.ReadLength();
        for (var i = 0; i < count; i++)
        {
            var arm = new ArmTruths(state.ReadCount(), state.ReadString(), state.ReadCount(), state.ReadCount(), state.ReadCount());
            counts[(arm.Epoch, arm.Version)] = arm;
        }

        foreach (var instance in kept)
            if (instance.Comparison == Comparison.TestedWrong && instance.Draw is { Unit: { } unit } draw && draw.Rollout == rollout)
                units.Add(unit);
    }

    private static int Difference(bool now, bool before) => (now ? 1 : 0) - (before ? 1 : 0);

    private bool IsFirst(string? unit) => unit is null || (units.Count < MostUnits && units.Add(unit));
}
