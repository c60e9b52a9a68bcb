using System.Globalization;
using MathNet.Numerics.Distributions;
using Serving.Drift.Monitoring;
using Serving.Drift.Panes;

namespace Serving.Drift.Quality;

/// <summary>
/// Judges one model version by the truth that comes back. Answers and truths go in, in any order, late or twice; scores come out,
/// and an alert when the model errs more often than it may.
/// </summary>
/// <remarks>
/// <para>What it may is its baseline error rate plus a margin. The rate is given, or learned from the first truths; a learned one
/// is the upper end of its 95 % interval, so that luck while learning is not held against the model. For numbers an error is
/// being further off than nine in ten of the first answers were.</para>
/// <para>The alert stands until a whole window of truths that came after it errs no more often than allowed; then the evidence
/// starts again. Nothing here depends on the order in which truths come, but for which of them are in the last window.</para>
/// </remarks>
internal sealed class QualityMonitor
{
    private const int Format = 1;

    /// <summary>The share of first answers to a regression that count as errors.</summary>
    private const double Outlying = 0.1;

    private readonly QualityOptions options;
    private readonly ClassNames classes;
    private readonly FeedbackJoin join;
    private readonly QualityTally sinceLoad;
    private readonly Queue<Instance> window = [];
    private readonly List<Instance> learning = [];
    private readonly LagHistogram lags = new();
    private LossEvidence? evidence;
    private double tolerance;
    private long raisedAtTruth;
    private long truths;

    public QualityMonitor(string model, string version, QualityOptions options)
    {
        Model = model;
        Version = version;
        this.options = options;
        classes = new ClassNames(options.Labels);
        join = new FeedbackJoin(options.Retention, options.Capacity);
        sinceLoad = new QualityTally(options, classes);
        if (options.Task == QualityTask.Classification && options.BaselineErrorRate is { } rate)
            evidence = new LossEvidence(rate + options.Margin);
    }

    public string Model { get; }

    public string Version { get; }

    /// <summary>The alert that stands, or null.</summary>
    public DriftAlert? Alert { get; private set; }

    /// <summary>Truths held against the model since its rate is known, and how many of its answers they found wrong.</summary>
    public (long Truths, long Errors) Losses => (evidence?.Truths ?? 0, evidence?.Errors ?? 0);

    /// <summary>The model answered an instance.</summary>
    public void Answer(InstanceKey key, Answer answer, DateTimeOffset now)
    {
        join.Expire(now);
        if (join.Answer(key, answer, now) is { } joined)
            Count(joined, now);
    }

    /// <summary>The truth about an instance came.</summary>
    /// <param name="truth">The label, or the number as text.</param>
    /// <param name="at">When it was established: of several the latest counts.</param>
    public LabelOutcome Truth(InstanceKey key, string truth, DateTimeOffset at, DateTimeOffset now)
    {
        join.Expire(now);
        if (!Fits(truth))
        {
            join.Refuse();
            return LabelOutcome.Refused;
        }

        var (outcome, instance, before) = join.Truth(key, truth, at, now);
        if (outcome == LabelOutcome.Joined)
            Count(instance, now);
        else if (outcome == LabelOutcome.Replaced)
            Recount(instance, before!);
        return outcome;
    }

    /// <summary>Forgets what is too old and judges what is known.</summary>
    /// <returns>The alert when it was raised or cleared just now, else null.</returns>
    public DriftAlert? Advance(DateTimeOffset now)
    {
        join.Expire(now);
        if (evidence is null)
            return null;

        if (Alert is null)
        {
            var logE = evidence.LogE();
            if (logE < Math.Log(options.EValue))
                return null;
            raisedAtTruth = truths;
            return Alert = Describe(AlertState.Raised, now, now, logE);
        }

        if (truths - raisedAtTruth < options.Window || WindowErrors() > evidence.Rate * window.Count)
            return null;

        var cleared = Describe(AlertState.Cleared, now, Alert.RaisedAt, 0);
        evidence = new LossEvidence(evidence.Rate);
        Alert = null;
        return cleared;
    }

    public QualityReport Report()
    {
        var recent = new QualityTally(options, classes);
        foreach (var instance in window)
            recent.Add(instance.Answer!, instance.Truth!, 1);
        var feedback = new FeedbackCounts(join.Answered, join.Joined, join.Waiting, join.Expired, join.Unmatched,
            join.Answered == 0 ? 0 : join.Joined / (double)join.Answered, lags.Quantile(0.5), lags.Quantile(0.95));
        return new QualityReport(Model, Version, options.Task, recent.Scores(), sinceLoad.Scores(), feedback, evidence?.Rate,
            evidence is null ? null : new DriftMetric(Math.Exp(Math.Min(690, evidence.LogE())), options.EValue), Alert);
    }

    /// <summary>What must outlive a restart: the learned rate, the evidence, the alert. Scores are since load and begin anew.</summary>
    public byte[] Save()
    {
        var state = new StateWriter();
        state.Write((long)Format);
        state.Write((long)options.Task);
        state.Write(evidence is not null);
        evidence?.Write(state);
        state.Write(tolerance);
        state.Write(Alert is not null);
        if (Alert is not null)
            AlertCodec.Write(state, Alert);
        return state.ToArray();
    }

    public static Outcome<QualityMonitor> Restore(string model, string version, QualityOptions options, ReadOnlySpan<byte> saved)
    {
        try
        {
            var state = new StateReader(saved);
            if (state.ReadCount() != Format || state.ReadCount() != (long)options.Task)
                return ServingError.Invalid($"the stored quality state of '{model}' is of another task or format");
            var monitor = new QualityMonitor(model, version, options);
            if (state.ReadBool())
                monitor.Resume(LossEvidence.Read(ref state));
            monitor.tolerance = state.ReadDouble();
            monitor.Alert = state.ReadBool() ? AlertCodec.Read(ref state) : null;
            return monitor;
        }
        catch (Exception fault) when (fault is FormatException or ArgumentException)
        {
            return ServingError.Invalid($"the stored quality state of '{model}' is damaged: {fault.Message}");
        }
    }

    /// <summary>Goes on with stored evidence, unless it was gathered against another rate than the one that is configured now.</summary>
    private void Resume(LossEvidence stored) => evidence = evidence is null || evidence.Rate == stored.Rate ? stored : evidence;

    private bool Fits(string truth) => options.Task == QualityTask.Classification || Truths.TryRead(truth, out _);

    private void Count(Instance instance, DateTimeOffset now)
    {
        truths++;
        sinceLoad.Add(instance.Answer!, instance.Truth!, 1);
        lags.Add(now - instance.AnsweredAt);
        window.Enqueue(instance);
        if (window.Count > options.Window)
            window.Dequeue();

        if (evidence is not null)
        {
            instance.Evidence = evidence;
            instance.Pane = evidence.Add(IsError(instance.Answer!, instance.Truth!));
            return;
        }

        learning.Add(instance);
        if (learning.Count == options.LearnFrom)
            Learn();
    }

    private void Recount(Instance instance, string before)
    {
        sinceLoad.Add(instance.Answer!, before, -1);
        sinceLoad.Add(instance.Answer!, instance.Truth!, 1);
        if (instance.Evidence == evidence)
            evidence?.Correct(instance.Pane, IsError(instance.Answer!, before), IsError(instance.Answer!, instance.Truth!));
    }

    private void Learn()
    {
        if (options.Task == QualityTask.Regression)
        {
            var errors = learning.ConvertAll(instance => AbsoluteError(instance.Answer!, instance.Truth!));
            errors.Sort();
            tolerance = errors[(int)(errors.Count * (1 - Outlying))];
        }

        var wrong = learning.Count(instance => IsError(instance.Answer!, instance.Truth!));
        var upper = wrong == learning.Count ? 1 : Beta.InvCDF(wrong + 1, learning.Count - wrong, 0.975);
        evidence = new LossEvidence(Math.Min(0.9, (options.BaselineErrorRate ?? upper) + options.Margin));
        learning.Clear();
    }

    private bool IsError(Answer answer, string truth) => options.Task == QualityTask.Classification
        ? answer.Label != truth
        : AbsoluteError(answer, truth) > tolerance;

    private static double AbsoluteError(Answer answer, string truth) =>
        Truths.TryRead(truth, out var value) && double.IsFinite(answer.Value) ? Math.Abs(answer.Value - value) : double.PositiveInfinity;

    private int WindowErrors() => window.Count(instance => IsError(instance.Answer!, instance.Truth!));

    private DriftAlert Describe(AlertState state, DateTimeOffset at, DateTimeOffset raisedAt, double logE)
    {
        var rate = window.Count == 0 ? 0 : WindowErrors() / (double)window.Count;
        var message = state == AlertState.Raised
            ? string.Create(CultureInfo.InvariantCulture, $"the model errs more often than {evidence!.Rate:p1}: {rate:p1} of the last {window.Count} answers (e-value {Math.Exp(Math.Min(logE, 690)):g2})")
            : string.Create(CultureInfo.InvariantCulture, $"the model errs in {rate:p1} of the last {window.Count} answers, no more than {evidence!.Rate:p1}");
        return new DriftAlert(AlertText.Id(Model, Version, "", "", AlertKind.Quality, raisedAt), "", AlertKind.Quality, AlertSeverity.Page, state,
            at, raisedAt, Math.Exp(-Math.Max(0, logE)), 1 / options.EValue, Math.Max(0, rate - evidence.Rate), message);
    }
}
