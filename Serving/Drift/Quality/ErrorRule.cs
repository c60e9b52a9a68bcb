using MathNet.Numerics.Distributions;
using Serving.Drift.Panes;

namespace Serving.Drift.Quality;

/// <summary>
/// What counts as an error of a version, and how often it may err, both learned from its first truths where they are not given: a
/// learned rate is the upper end of its 95 % interval, so that luck while learning is not held against the model.
/// </summary>
internal sealed class ErrorRule(QualityOptions options)
{
    /// <summary>The share of first answers to a regression that count as errors.</summary>
    private const double Outlying = 0.1;

    /// <summary>No higher rate is tested against.</summary>
    private const double HighestRate = 0.9;

    private readonly List<Instance> learning = [];

    /// <summary>How far off a number may be without being wrong, once that is learned.</summary>
    public double Tolerance { get; private set; }

    /// <summary>Whether this can be the truth of an answer: a number, where answers are.</summary>
    public bool Fits(string truth) => options.Task == QualityTask.Classification || Truths.TryRead(truth, out _);

    /// <summary>Whether an answer was wrong; a number only once the tolerance is learned.</summary>
    public bool IsError(Answer answer, string truth) => IsError(answer, truth, Tolerance);

    /// <summary>Whether an answer was wrong, numbers by this tolerance.</summary>
    public bool IsError(Answer answer, string truth, double within) => options.Task == QualityTask.Classification
        ? answer.Label != truth
        : AbsoluteError(answer, truth) > within;

    /// <summary>The rate that is allowed from the beginning; null where it is learned.</summary>
    public double? Given => options.Task == QualityTask.Classification && options.BaselineErrorRate is { } rate ? Allow(rate) : null;

    /// <summary>Learns from one more instance whose truth is known; the allowed rate when that were enough.</summary>
    public double? Learn(Instance instance)
    {
        learning.Add(instance);
        if (learning.Count < options.LearnFrom)
            return null;
        if (options.Task == QualityTask.Regression)
        {
            var errors = learning.ConvertAll(known => AbsoluteError(known.Answer!, known.Truth!));
            errors.Sort();
            Tolerance = errors[(int)(errors.Count * (1 - Outlying))];
        }

        var wrong = learning.Count(known => IsError(known.Answer!, known.Truth!));
        var upper = wrong == learning.Count ? 1 : Beta.InvCDF(wrong + 1, learning.Count - wrong, 0.975);
        learning.Clear();
        return Allow(options.BaselineErrorRate ?? upper);
    }

    public void Write(StateWriter state)
    {
        state.Write(Tolerance);
        InstanceList.Write(state, learning);
    }

    /// <summary>Goes on with what <see cref="Write"/> wrote; the allowed rate when that is enough by now.</summary>
    /// <param name="state">What was written.</param>
    /// <param name="find">Instances that are kept, by their keys.</param>
    /// <param name="isKnown">The allowed rate is known: nothing is to be learned.</param>
    public double? Read(ref StateReader state, Func<InstanceKey, Instance?> find, bool isKnown)
    {
        Tolerance = state.ReadDouble();
        double? learned = null;
        foreach (var instance in InstanceList.Read(ref state, find))
            if (!isKnown && learned is null)
                learned = Learn(instance);
        return learned;
    }

    private double Allow(double rate) => Math.Min(HighestRate, rate + options.Margin);

    private static double AbsoluteError(Answer answer, string truth) =>
        Truths.TryRead(truth, out var value) && double.IsFinite(answer.Value) ? Math.Abs(answer.Value - value) : double.PositiveInfinity;
}
