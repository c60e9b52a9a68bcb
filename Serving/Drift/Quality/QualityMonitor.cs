using System.Globalization;
using MathNet.Numerics.Distributions;
using Serving.Drift.Monitoring;
using Serving.Drift.Panes;

namespace Serving.Drift.Quality;

/// <summary>
/// Judges one model version by answers whose truth is known: scores, and an alert when it errs more often than it may. Its
/// <see cref="ModelQuality"/> brings answers and truths together.
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
    /// <summary>Alerts raised and cleared that are remembered.</summary>
    public const int MostEvents = 100;

    private const int Format = 2;

    /// <summary>The share of first answers to a regression that count as errors.</summary>
    private const double Outlying = 0.1;

    private readonly QualityOptions options;
    private readonly ClassNames classes;
    private readonly QualityTally sinceLoad;
    private readonly Queue<Instance> window = [];
    private readonly List<Instance> learning = [];
    private readonly LagHistogram lags = new();
    private readonly List<DriftAlert> events = [];
    private LossEvidence? evidence;
    private double tolerance;
    private long raisedAtTruth;
    private long truths;
    private long joined;
    private long era;
    private bool isStirred;

    public QualityMonitor(string model, string version, QualityOptions options)
    {
        Model = model;
        Version = version;
        this.options = options;
        classes = new ClassNames(options.Labels);
        sinceLoad = new QualityTally(options, classes);
        if (options.Task == QualityTask.Classification && options.BaselineErrorRate is { } rate)
            Begin(Math.Min(0.9, rate + options.Margin));
    }

    public string Model { get; }

    public string Version { get; }

    /// <summary>The alert that stands, or null.</summary>
    public DriftAlert? Alert { get; private set; }

    /// <summary>Truths held against the model since its rate is known, and how many of its answers they found wrong.</summary>
    public (long Truths, long Errors) Losses => (evidence?.Truths ?? 0, evidence?.Errors ?? 0);

    /// <summary>Answers kept to be judged, since load.</summary>
    public long Answered { get; set; }

    /// <summary>Of them, those that were forgotten before their truth came.</summary>
    public long Expired { get; set; }

    /// <summary>Changes that are not yet in <see cref="Save"/>d state.</summary>
    public bool HasChanged { get; private set; }

    /// <summary>Alerts raised and cleared, oldest first; the last <see cref="MostEvents"/>.</summary>
    public IReadOnlyList<DriftAlert> Events => events;

    /// <summary>Whether this can be the truth of an answer: a number, where answers are.</summary>
    public bool Fits(string truth) => options.Task == QualityTask.Classification || Truths.TryRead(truth, out _);

    /// <summary>How far off a number may be without being wrong; null while that is being learned, and for classes.</summary>
    public double? Tolerance => options.Task == QualityTask.Regression && evidence is not null ? tolerance : null;

    /// <summary>Whether the answer was wrong, numbers by this tolerance; null when there is none yet.</summary>
    public bool? IsWrong(Instance instance, double? within) =>
        options.Task == QualityTask.Classification ? instance.Answer!.Label != instance.Truth
        : within is { } most ? AbsoluteError(instance.Answer!, instance.Truth!) > most
        : null;

    /// <summary>An instance's truth is known now, and fits.</summary>
    public void Count(Instance instance, DateTimeOffset now)
    {
        HasChanged = isStirred = true;
        truths++;
        joined++;
        sinceLoad.Add(instance.Answer!, instance.Truth!, 1);
        instance.Tally = sinceLoad;
        lags.Add(now - instance.AnsweredAt);
        window.Enqueue(instance);
        if (window.Count > options.Window)
            window.Dequeue();

        if (evidence is not null)
        {
            instance.Era = era;
            instance.Pane = evidence.Add(IsError(instance.Answer!, instance.Truth!));
            return;
        }

        TryLearn(instance);
    }

    /// <summary>An instance that was counted has another truth than before.</summary>
    public void Recount(Instance instance, string before)
    {
        HasChanged = isStirred = true;
        if (instance.Tally == sinceLoad)
        {
            sinceLoad.Add(instance.Answer!, before, -1);
            sinceLoad.Add(instance.Answer!, instance.Truth!, 1);
        }

        if (instance.Era == era)
            evidence?.Correct(instance.Pane, IsError(instance.Answer!, before), IsError(instance.Answer!, instance.Truth!));
    }

    /// <summary>Judges what is known.</summary>
    /// <returns>The alert when it was raised or cleared just now, else null.</returns>
    public DriftAlert? Advance(DateTimeOffset now)
    {
        if (evidence is null || !isStirred)
            return null;
        isStirred = false;

        if (Alert is null)
        {
            var logE = evidence.LogE();
            if (logE < Math.Log(options.EValue))
                return null;
            raisedAtTruth = truths;
            Alert = Describe(AlertState.Raised, now, now, logE);
            Keep(Alert);
            return Alert;
        }

        if (truths - raisedAtTruth < options.Window || WindowErrors() > evidence.Rate * window.Count)
            return null;

        var cleared = Describe(AlertState.Cleared, now, Alert.RaisedAt, 0);
        Begin(evidence.Rate);
        Alert = null;
        Keep(cleared);
        return cleared;
    }

    /// <param name="waiting">Truths of the model that wait for an answer.</param>
    /// <param name="unmatched">Truths of the model that found none, or did not fit it.</param>
    public QualityReport Report(long waiting, long unmatched)
    {
        var recent = new QualityTally(options, classes);
        foreach (var instance in window)
            recent.Add(instance.Answer!, instance.Truth!, 1);
        var feedback = new FeedbackCounts(Answered, joined, waiting, Expired, unmatched,
            Answered == 0 ? 0 : Math.Min(1, joined / (double)Answered), lags.Quantile(0.5), lags.Quantile(0.95));
        return new QualityReport(Model, Version, options.Task, recent.Scores(), sinceLoad.Scores(), feedback, evidence?.Rate,
            evidence is null ? null : new DriftMetric(Math.Exp(Math.Min(690, evidence.LogE())), options.EValue), Alert);
    }

    /// <summary>What must outlive a restart: rate, evidence, alert, events, window. Scores since load begin anew.</summary>
    public byte[] Save()
    {
        HasChanged = false;
        var state = new StateWriter();
        state.Write((long)Format);
        state.Write((long)options.Task);
        state.Write(era);
        state.Write(evidence is not null);
        evidence?.Write(state);
        state.Write(tolerance);
        state.Write(truths - raisedAtTruth);
        state.Write(Alert is not null);
        if (Alert is not null)
            AlertCodec.Write(state, Alert);
        state.Write((long)events.Count);
        foreach (var alert in events)
            AlertCodec.Write(state, alert);
        Write(state, window);
        Write(state, learning);
        return state.ToArray();
    }

    /// <summary>What was counted since load, and in which of the instances that are kept: <see cref="Save"/> leaves it out.</summary>
    public byte[] SaveCounts(IEnumerable<Instance> kept)
    {
        var state = new StateWriter();
        state.Write(Answered);
        state.Write(joined);
        state.Write(Expired);
        lags.Write(state);
        classes.Write(state);
        sinceLoad.Write(state);
        var counted = kept.Where(instance => instance.Tally == sinceLoad).ToList();
        state.Write((long)counted.Count);
        foreach (var instance in counted)
        {
            state.Write(instance.Key.Request);
            state.Write((long)instance.Key.Index);
        }

        return state.ToArray();
    }

    /// <summary>Goes on with what <see cref="SaveCounts"/> gave, in a monitor that has counted nothing since.</summary>
    /// <param name="find">Instances that are kept.</param>
    public void ResumeCounts(ReadOnlySpan<byte> saved, Func<InstanceKey, Instance?> find)
    {
        var state = new StateReader(saved);
        Answered = state.ReadCount();
        joined = state.ReadCount();
        Expired = state.ReadCount();
        lags.Read(ref state);
        classes.Read(ref state);
        sinceLoad.Read(ref state);
        for (var left = state.ReadLength(); left > 0; left--)
            if (find(new InstanceKey(state.ReadString(), (int)state.ReadCount())) is { } instance)
                instance.Tally = sinceLoad;
    }

    /// <param name="find">Instances that are kept, by their keys: what was written twice is one again.</param>
    public static Outcome<QualityMonitor> Restore(
        string model, string version, QualityOptions options, ReadOnlySpan<byte> saved, Func<InstanceKey, Instance?> find)
    {
        try
        {
            var state = new StateReader(saved);
            if (state.ReadCount() != Format || state.ReadCount() != (long)options.Task)
                return ServingError.Invalid($"the stored quality state of '{model}' is of another task or format");
            var monitor = new QualityMonitor(model, version, options);
            monitor.Resume(state.ReadCount(), state.ReadBool() ? LossEvidence.Read(ref state) : null);
            monitor.tolerance = state.ReadDouble();
            monitor.truths = state.ReadCount();
            monitor.Alert = state.ReadBool() ? AlertCodec.Read(ref state) : null;
            var count = state.ReadLength();
            for (var i = 0; i < count; i++)
                monitor.Keep(AlertCodec.Read(ref state));
            foreach (var instance in Read(ref state, find).TakeLast(options.Window))
                monitor.window.Enqueue(instance);
            foreach (var instance in Read(ref state, find))
                monitor.TryLearn(instance);
            return monitor;
        }
        catch (Exception fault) when (fault is FormatException or ArgumentException)
        {
            return ServingError.Invalid($"the stored quality state of '{model}' is damaged: {fault.Message}");
        }
    }

    private static void Write(StateWriter state, IReadOnlyCollection<Instance> instances)
    {
        state.Write((long)instances.Count);
        foreach (var instance in instances)
            instance.Write(state);
    }

    private static List<Instance> Read(ref StateReader state, Func<InstanceKey, Instance?> find)
    {
        var count = state.ReadLength();
        var instances = new List<Instance>();
        for (var i = 0; i < count; i++)
        {
            var read = Instance.Read(ref state);
            var kept = find(read.Key);
            if (kept is not { Answer: not null })
            {
                instances.Add(read);
                continue;
            }

            // Answers are kept less often than this state: what it knows of the truth is news to them.
            if (kept.Truth is null)
                (kept.Truth, kept.TruthAt, kept.Era, kept.Pane) = (read.Truth, read.TruthAt, read.Era, read.Pane);
            instances.Add(kept);
        }

        return instances.TrueForAll(instance => instance is { Answer: not null, Truth: not null })
            ? instances
            : throw new FormatException("an instance of the window was not judged");
    }

    /// <summary>Goes on with stored evidence, unless it was gathered against another rate than the one that is configured now.</summary>
    private void Resume(long stored, LossEvidence? before)
    {
        var isOther = evidence is not null && before?.Rate != evidence.Rate;
        era = isOther ? stored + 1 : stored;
        if (!isOther)
            evidence = before;
    }

    private void Begin(double rate)
    {
        evidence = new LossEvidence(rate);
        era++;
    }

    private void Keep(DriftAlert alert)
    {
        HasChanged = true;
        events.Add(alert);
        if (events.Count > MostEvents)
            events.RemoveAt(0);
    }

    private void TryLearn(Instance instance)
    {
        if (evidence is not null)
            return;
        learning.Add(instance);
        if (learning.Count == options.LearnFrom)
            Learn();
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
        Begin(Math.Min(0.9, (options.BaselineErrorRate ?? upper) + options.Margin));
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
