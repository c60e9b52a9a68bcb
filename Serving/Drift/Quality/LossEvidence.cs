using Serving.Drift.Panes;

namespace Serving.Drift.Quality;

/// <summary>
/// The evidence that a model errs more often than a given rate: an e-process, so it may be looked at after every truth, and
/// alarms falsely with probability at most 1/1,000 in all time where it alerts at 1,000.
/// </summary>
/// <remarks>
/// <para>If the error rate is at most p0, then for any ratio k the product over truths of k (for an error) or (1 - k p0)/(1 - p0)
/// (for none) is on average at most 1; the mean over several ratios keeps that. It depends on counts alone, so a truth that is
/// corrected later is simply counted anew.</para>
/// <para>A long good past would have to be outweighed before a bad present shows. So the bet is also placed anew at every pane of
/// a hundred truths: nine tenths of the stake from the start, the rest split over the later starts. A weighted mean of
/// e-processes, of which some have not begun, is one too.</para>
/// </remarks>
internal sealed class LossEvidence
{
    public const int PaneTruths = 100;

    /// <summary>Later starts that are kept; what was staked on older ones is given up.</summary>
    public const int StartsKept = 256;

    private const double FirstStake = 0.9;

    /// <summary>A bet that lost all but e^-45 of the largest adds nothing to a sum of doubles.</summary>
    private const double Nothing = -45;

    private static readonly double[] Ratios = [1.1, 1.25, 1.5, 2, 3];

    // Panes from the oldest start kept, the last one open; what is older is only in the totals.
    private readonly List<(long Truths, long Errors)> panes = [(0, 0)];
    private readonly double[] onError = new double[Ratios.Length];
    private readonly double[] onNone = new double[Ratios.Length];
    private long first;

    /// <param name="rate">The error rate that is not held against the model, above 0 and below 1.</param>
    public LossEvidence(double rate)
    {
        Rate = rate;
        for (var k = 0; k < Ratios.Length; k++)
        {
            // A ratio that would make errors certain is not bet on: half-way to certainty instead.
            var worse = Math.Min(Ratios[k] * rate, (1 + rate) / 2);
            onError[k] = Math.Log(worse / rate);
            onNone[k] = Math.Log((1 - worse) / (1 - rate));
        }
    }

    public double Rate { get; }

    public long Truths { get; private set; }

    public long Errors { get; private set; }

    /// <summary>Counts a truth; returns its pane, to be named if it is ever corrected.</summary>
    public long Add(bool error)
    {
        if (panes[^1].Truths == PaneTruths)
        {
            panes.Add((0, 0));
            if (panes.Count > StartsKept)
            {
                panes.RemoveAt(0);
                first++;
            }
        }

        var pane = first + panes.Count - 1;
        Change(pane, 1, error ? 1 : 0);
        return pane;
    }

    /// <summary>A truth counted in this pane turned out otherwise.</summary>
    public void Correct(long pane, bool wasError, bool isError) => Change(pane, 0, (isError ? 1 : 0) - (wasError ? 1 : 0));

    /// <summary>The natural logarithm of the evidence.</summary>
    public double LogE()
    {
        // In units of the largest of all bets, since they span hundreds of orders of magnitude.
        var largest = Math.Max(0, Largest(Truths, Errors));
        long truths = 0, errors = 0;
        for (var i = panes.Count - 1; i >= 0 && first + i > 0; i--)
        {
            truths += panes[i].Truths;
            errors += panes[i].Errors;
            largest = Math.Max(largest, Largest(truths, errors));
        }

        var unstarted = (1 - FirstStake) / (first + panes.Count);
        var sum = (unstarted * Math.Exp(-largest)) + (FirstStake * Mean(Truths, Errors, largest));
        truths = errors = 0;
        for (var i = panes.Count - 1; i >= 0 && first + i > 0; i--)
        {
            truths += panes[i].Truths;
            errors += panes[i].Errors;
            sum += Stake(first + i) * Mean(truths, errors, largest);
        }

        return largest + Math.Log(sum);
    }

    public void Write(StateWriter state)
    {
        state.Write(Rate);
        state.Write(Truths);
        state.Write(Errors);
        state.Write(first);
        state.Write((long)panes.Count);
        foreach (var (truths, errors) in panes)
        {
            state.Write(truths);
            state.Write(errors);
        }
    }

    public static LossEvidence Read(ref StateReader state)
    {
        var evidence = new LossEvidence(state.ReadDouble()) { Truths = state.ReadCount(), Errors = state.ReadCount(), first = state.ReadCount() };
        evidence.panes.Clear();
        var count = state.ReadLength();
        for (var i = 0; i < count; i++)
            evidence.panes.Add((state.ReadCount(), state.ReadCount()));
        return evidence.panes.Count > 0 ? evidence : throw new FormatException("the evidence on the loss has no pane");
    }

    /// <summary>What is staked on the n-th later start; they add up to <c>1 - FirstStake</c>, so after n of them 1/(n+1) of that is left.</summary>
    private static double Stake(long start) => (1 - FirstStake) / ((double)start * (start + 1));

    private void Change(long pane, int truths, int errors)
    {
        Truths += truths;
        Errors += errors;
        if (pane >= first)
            panes[(int)(pane - first)] = (panes[(int)(pane - first)].Truths + truths, panes[(int)(pane - first)].Errors + errors);
    }

    private double Largest(long truths, long errors)
    {
        var largest = double.NegativeInfinity;
        for (var k = 0; k < Ratios.Length; k++)
            largest = Math.Max(largest, (errors * onError[k]) + ((truths - errors) * onNone[k]));
        return largest;
    }

    /// <summary>The mean over the ratios of what a bet has become, in units of exp(unit).</summary>
    private double Mean(long truths, long errors, double unit)
    {
        double sum = 0;
        for (var k = 0; k < Ratios.Length; k++)
        {
            var log = (errors * onError[k]) + ((truths - errors) * onNone[k]) - unit;
            if (log > Nothing)
                sum += Math.Exp(log);
        }

        return sum / Ratios.Length;
    }
}
