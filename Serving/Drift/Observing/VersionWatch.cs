using System.Text;
using Serving.Drift.Baselines;
using Serving.Drift.Monitoring;
using Serving.Drift.Panes;
using Serving.Drift.Quality;
using Serving.Models;

namespace Serving.Drift.Observing;

/// <summary>
/// The drift of one model version in one process: it has a baseline and counts observations against it, or it learns one, or it
/// does neither. Observations come in; alerts that changed go out. No clock, no threads, no storage.
/// </summary>
internal sealed class VersionWatch
{
    private readonly ModelMetadata metadata;
    private readonly DriftSettings settings;
    private readonly string node;
    private readonly long incarnation;
    private readonly JudgedOutput? judged;
    private readonly List<DriftAlert> changes = [];
    private ObservationLayout? layout;
    private RowReader? rows;
    private AnswerReader? answers;
    private RowReader? former;
    private AnswerReader? formerAnswers;
    private bool isFormer;
    private DriftMonitor? monitor;
    private WindowAccumulator? accumulator;

    /// <param name="metadata">The version's signature.</param>
    /// <param name="settings">How it is watched.</param>
    /// <param name="catalog">Every feature it has.</param>
    /// <param name="judged">What feedback is compared with; null for nothing.</param>
    /// <param name="first">What is observed of it already, of nothing but answers; null for nothing.</param>
    /// <param name="node">The name of this process.</param>
    /// <param name="incarnation">Another at each start of the process, and at each load of the version.</param>
    public VersionWatch(ModelMetadata metadata, DriftSettings settings, FeatureSource[] catalog, JudgedOutput? judged, ObservationLayout? first, string node, long incarnation)
    {
        this.metadata = metadata;
        this.settings = settings;
        this.judged = judged;
        this.node = node;
        this.incarnation = incarnation;
        Catalog = catalog;
        Observe(first);
    }

    public FeatureSource[] Catalog { get; }

    /// <summary>What observations must hold; null when nothing is to be observed. Another one whenever it changes.</summary>
    public ObservationLayout? Layout => layout;

    /// <summary>Whether drift is watched, or what it will be compared with is being learned.</summary>
    public bool IsWatching => monitor is not null || Learner is not null;

    public double Sampling => settings.Sampling;

    public Baseline? Baseline => monitor?.Baseline;

    public BaselineLearner? Learner { get; private set; }

    /// <summary>Panes that were closed since the last <see cref="Save"/>.</summary>
    public bool HasClosedPane { get; private set; }

    /// <summary>Panes that were closed since they were last taken, so that each can be kept as it closes.</summary>
    public List<PaneSummary> Closed { get; } = [];

    /// <summary>Whether the open pane has grown since <see cref="Snapshot"/>.</summary>
    public bool HasGrown { get; private set; }

    /// <summary>Windows closed since this process watches.</summary>
    public long WindowsClosed => monitor?.WindowsClosed ?? 0;

    /// <summary>Alerts that stand; null when nothing is compared.</summary>
    public IReadOnlyList<DriftAlert>? Standing() => monitor?.Standing();

    /// <summary>See <see cref="DriftMonitor.IsFree"/>; nothing compared can have no alert.</summary>
    public bool? IsFree(DriftAlert other) => monitor is null ? true : monitor.IsFree(other);

    public IReadOnlyList<DriftAlert> Events => monitor?.Events ?? [];

    public BaselineStatus Status => new(
        Baseline is { } baseline ? new BaselineInfo(baseline.Hash, baseline.Count, baseline.IsProvisional) : null,
        Learner is { } learner ? new LearningProgress(learner.Wanted, learner.Rows) : null);

    /// <summary>Compares with this baseline from now on. An error, and no change, when its columns do not fit the signature.</summary>
    /// <param name="saved">State of an earlier process; left aside when it is of another baseline.</param>
    public Outcome<Done> Set(Baseline baseline, ReadOnlySpan<byte> saved = default)
    {
        if (!FeatureMatch.Match(baseline, Catalog).TryGetValue(out var sources, out var error)) return error;
        Clear();
        var (model, version) = (metadata.Name, metadata.Version);
        monitor = saved.Length > 0 && DriftMonitor.Restore(model, version, baseline, settings.Options, saved).TryGetValue(out var restored, out _)
            ? restored
            : new DriftMonitor(model, version, baseline, settings.Options);
        Observe(sources);
        accumulator = new WindowAccumulator(baseline, settings.Options.Panes, version, node, incarnation, feature => NarrowEdges.Of(layout!, baseline, feature));
        return default(Done);
    }

    /// <summary>Takes a baseline from the next rows.</summary>
    public void Learn(int wanted)
    {
        Clear();
        Learner = new BaselineLearner([.. Catalog.Select(source => source.Spec)], wanted);
        Observe(Catalog);
    }

    public void Clear()
    {
        Learner = null;
        monitor = null;
        accumulator = null;
        Observe([]);
        HasClosedPane = HasGrown = false;
        Closed.Clear();
    }

    /// <summary>Takes a share that was counted elsewhere, or by an earlier process.</summary>
    public void Resume(PaneSummary share) => monitor?.Offer(share);

    /// <summary>Up to when everything is in a closed pane.</summary>
    public DateTimeOffset ClosedUntil => monitor?.ClosedUntil ?? default;

    /// <summary>Shares that are in no closed pane yet.</summary>
    public IEnumerable<PaneSummary> Waiting => monitor?.Waiting ?? [];

    /// <summary>Counts, or learns from, an observation of the present <see cref="Layout"/>.</summary>
    /// <returns>The baseline that is learned by now; the caller sets it.</returns>
    public Baseline? Add(in Observation observation)
    {
        isFormer = false;
        rows!.Load(observation);
        for (var row = 0; row < observation.Rows && IsWatching; row++)
        {
            if (Learner is { } learner)
            {
                if (!learner.Begin()) break;
                LearnRow(learner, row);
            }
            else
            {
                Cut(observation.At);
                accumulator!.Begin(observation.At);
                RowCounting.Count(rows, layout!, row, accumulator);
                HasGrown = true;
            }
        }

        return Learner is { IsComplete: true } ? Learner.Build() : null;
    }

    /// <summary>Takes an observation of a former <see cref="Layout"/>, for a baseline no longer in force: nothing of it counts but its answer.</summary>
    public void AddFormer(in Observation observation)
    {
        isFormer = true;
        var taken = observation.Tap.Layout;
        if (former?.Layout != taken)
        {
            former = new RowReader(taken);
            formerAnswers = judged is null ? null : new AnswerReader(judged, taken.Watched);
        }

        former.Load(observation);
    }

    /// <summary>What the version said of a row of the last added observation; false when feedback is not compared with it.</summary>
    /// <param name="row">Which row.</param>
    /// <param name="request">The observation's id.</param>
    /// <param name="answer">Good until the next is read.</param>
    public bool TryReadAnswer(int row, ReadOnlySpan<char> request, out GivenAnswer answer)
    {
        if ((isFormer ? formerAnswers : answers) is { } reader) return reader.TryRead((isFormer ? former : rows)!, row, request, out answer);
        answer = default;
        return false;
    }

    /// <summary>Closes and tests what is complete by now. The alerts that changed since the last call, in order of time.</summary>
    public IReadOnlyList<DriftAlert> Advance(DateTimeOffset now)
    {
        if (monitor is null) return [];
        Cut(now);
        changes.AddRange(monitor.Advance(now));
        if (changes.Count == 0) return [];
        DriftAlert[] since = [.. changes];
        changes.Clear();
        return since;
    }

    /// <summary>The report with everything that was counted so far.</summary>
    public DriftReport Report(DateTimeOffset now, long dropped, int most = int.MaxValue)
    {
        if (monitor is null) return new DriftReport(metadata.Name, metadata.Version, null, dropped, [], []);
        if (accumulator!.Snapshot(now) is { } open) monitor.Offer(open);
        return monitor.Report(dropped, most);
    }

    /// <summary>All state but the open pane's; null without a baseline.</summary>
    public byte[]? Save()
    {
        HasClosedPane = false;
        Closed.Clear();
        return monitor?.Save();
    }

    /// <summary>The open pane so far; null when nothing is in it.</summary>
    public PaneSummary? Snapshot(DateTimeOffset now)
    {
        HasGrown = false;
        return accumulator?.Snapshot(now);
    }

    private void Observe(FeatureSource[] sources)
    {
        // With nothing to look at, the request path does nothing.
        Observe(sources.Length == 0 && judged is null ? null : new ObservationLayout(metadata, sources, judged));
    }

    private void Observe(ObservationLayout? wanted)
    {
        layout = wanted;
        rows = layout is null ? null : new RowReader(layout);
        answers = layout is null || judged is null ? null : new AnswerReader(judged, layout.Watched);
    }

    private void Cut(DateTimeOffset now)
    {
        if (!accumulator!.IsDue(now)) return;
        var pane = accumulator.Cut(now);
        Closed.Add(pane);
        monitor!.Offer(pane);
        changes.AddRange(monitor.Advance(now));
        HasClosedPane = true;
    }

    private void LearnRow(BaselineLearner learner, int row)
    {
        var sources = layout!.Sources;
        for (var f = 0; f < layout.Watched; f++)
        {
            if (sources[f].Part == SourcePart.Latency)
            {
                if (row == 0) learner.Add(f, rows!.LatencyMs);
                continue;
            }

            if (sources[f].IsOutput && !rows!.IsThere(f)) continue;
            if (sources[f].Spec.Kind == FeatureKind.Categorical)
            {
                if (rows!.TryText(f, row, out var text)) learner.AddCategory(f, Encoding.UTF8.GetString(text));
                else learner.AddMissing(f);
            }
            else if (rows!.TryNumber(f, row, out var number))
            {
                learner.Add(f, number);
            }
            else
            {
                learner.AddMissing(f);
            }
        }
    }
}
