using Serving.Drift.Panes;

namespace Serving.Drift.Quality;

/// <summary>
/// Judges one model version by answers whose truth is known: scores, and an alert when it errs more often than it may. Its
/// <see cref="ModelQuality"/> brings answers and truths together.
/// </summary>
/// <remarks>
/// What an error is and how often it may happen is the <see cref="ErrorRule"/>'s; when that is too often, the
/// <see cref="QualityAlarm"/>'s. Nothing here depends on the order in which truths come, but for which of them are in the last window.
/// </remarks>
internal sealed class QualityMonitor
{
    private const int Format = 3;

    private readonly QualityOptions options;
    private readonly ClassNames classes;
    private readonly QualityTally sinceLoad;
    private readonly Queue<Instance> window = [];
    private readonly LagHistogram lags = new();
    private readonly ErrorRule rule;
    private readonly QualityAlarm alarm;
    private long joined;
    private bool isStirred;

    public QualityMonitor(string model, string version, QualityOptions options)
    {
        Model = model;
        Version = version;
        this.options = options;
        classes = new ClassNames(options.Labels);
        sinceLoad = new QualityTally(options, classes);
        rule = new ErrorRule(options);
        alarm = new QualityAlarm(model, version, options);
        if (rule.Given is { } rate)
            alarm.Begin(rate);
    }

    public string Model { get; }

    public string Version { get; }

    /// <summary>The alert that stands, or null.</summary>
    public DriftAlert? Alert => alarm.Alert;

    /// <summary>Truths held against the model since its rate is known, and how many of its answers they found wrong.</summary>
    public (long Truths, long Errors) Losses => (alarm.Evidence?.Truths ?? 0, alarm.Evidence?.Errors ?? 0);

    /// <summary>Answers kept to be judged, since load.</summary>
    public long Answered { get; set; }

    /// <summary>Of them, those that were forgotten before their truth came.</summary>
    public long Expired { get; set; }

    /// <summary>Changes that are not yet in <see cref="Save"/>d state.</summary>
    public bool HasChanged { get; private set; }

    /// <summary>Alerts raised and cleared, oldest first; the last <see cref="QualityAlarm.MostEvents"/>.</summary>
    public IReadOnlyList<DriftAlert> Events => alarm.Events;

    /// <summary>Whether this can be the truth of an answer: a number, where answers are.</summary>
    public bool Fits(string truth) => rule.Fits(truth);

    /// <summary>How far off a number may be without being wrong; null while that is being learned, and for classes.</summary>
    public double? Tolerance => options.Task == QualityTask.Regression && alarm.Evidence is not null ? rule.Tolerance : null;

    /// <summary>Whether the answer was wrong, numbers by this tolerance; null when there is none yet.</summary>
    public bool? IsWrong(Instance instance, double? within) => options.Task == QualityTask.Regression && within is null
        ? null
        : rule.IsError(instance.Answer!, instance.Truth!, within ?? 0);

    /// <summary>An instance's truth is known now, and fits.</summary>
    public void Count(Instance instance, DateTimeOffset now)
    {
        HasChanged = isStirred = true;
        alarm.Count();
        joined++;
        sinceLoad.Add(instance.Answer!, instance.Truth!, 1);
        instance.Tally = sinceLoad;
        lags.Add(now - instance.AnsweredAt);
        window.Enqueue(instance);
        if (window.Count > options.Window)
            window.Dequeue();

        if (alarm.Evidence is { } evidence)
            (instance.Era, instance.Pane) = (alarm.Era, evidence.Add(IsError(instance)));
        else if (rule.Learn(instance) is { } rate)
            alarm.Begin(rate);
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

        if (instance.Era == alarm.Era)
            alarm.Evidence?.Correct(instance.Pane, rule.IsError(instance.Answer!, before), IsError(instance));
    }

    /// <summary>Judges what is known.</summary>
    /// <returns>The alert when it was raised or cleared just now, else null.</returns>
    public DriftAlert? Advance(DateTimeOffset now)
    {
        if (!isStirred)
            return null;
        isStirred = false;
        var change = alarm.Advance(now, () => window.Count(IsError), window.Count);
        HasChanged |= change is not null;
        return change;
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
        return new QualityReport(Model, Version, options.Task, recent.Scores(), sinceLoad.Scores(), feedback, alarm.Evidence?.Rate,
            alarm.Evidence is { } evidence ? new DriftMetric(Math.Exp(Math.Min(690, evidence.LogE())), options.EValue) : null, Alert);
    }

    /// <summary>What must outlive a restart: rate, evidence, alert, events, window. Scores since load begin anew.</summary>
    public byte[] Save()
    {
        HasChanged = false;
        var state = new StateWriter();
        state.Write((long)Format);
        state.Write((long)options.Task);
        alarm.Write(state);
        InstanceList.Write(state, window);
        rule.Write(state);
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
            monitor.alarm.Read(ref state);
            foreach (var instance in InstanceList.Read(ref state, find).TakeLast(options.Window))
                monitor.window.Enqueue(instance);
            if (monitor.rule.Read(ref state, find, isKnown: monitor.alarm.Evidence is not null) is { } rate)
                monitor.alarm.Begin(rate);
            return monitor;
        }
        catch (Exception fault) when (fault is FormatException or ArgumentException)
        {
            return ServingError.Invalid($"the stored quality state of '{model}' is damaged: {fault.Message}");
        }
    }

    private bool IsError(Instance instance) => rule.IsError(instance.Answer!, instance.Truth!);
}
