using Serving.Drift.Panes;

namespace Serving.Drift.Quality;

/// <summary>
/// Judges one model by the truth that comes back. Who sends a truth names a request, not the version that answered it: so answers
/// of all versions and truths are joined here, and each version's <see cref="QualityMonitor"/> counts what is its own. Answers and
/// truths go in, in any order, late or twice; scores come out, and alerts.
/// </summary>
/// <remarks>
/// What waits is bounded in number and time, all versions together. A truth of a request that was never answered cannot be told
/// from one that came early: both wait, and are counted as unmatched when they expire.
/// </remarks>
internal sealed class ModelQuality
{
    private const int Format = 1;

    private readonly string model;
    private readonly FeedbackJoin join;
    private readonly Dictionary<string, QualityMonitor> versions = new(StringComparer.Ordinal);
    private readonly ArmTally arms = new();
    private double? tolerance;
    private long unmatched;

    public ModelQuality(string model)
    {
        this.model = model;
        join = new FeedbackJoin(Forgotten);
    }

    /// <summary>The versions that are judged.</summary>
    public IReadOnlyCollection<string> Versions => versions.Keys;

    /// <summary>Judges a version from now on; what waits is bounded as its options say.</summary>
    /// <param name="version">The version.</param>
    /// <param name="options">How its answers are judged.</param>
    /// <param name="saved">What <see cref="QualityMonitor.Save"/> gave; empty to begin anew.</param>
    /// <returns>Why the saved state is not used, or null.</returns>
    public ServingError? Serve(string version, QualityOptions options, ReadOnlySpan<byte> saved)
    {
        (join.Retention, join.Capacity) = (options.Retention, options.Capacity);
        ServingError? error = null;
        if (saved.IsEmpty || !QualityMonitor.Restore(model, version, options, saved, join.Find).TryGetValue(out var monitor, out error))
            monitor = new QualityMonitor(model, version, options);
        versions[version] = monitor;
        return error;
    }

    /// <summary>Judges a version no more; truths about its answers are unmatched.</summary>
    public void Drop(string version) => versions.Remove(version);

    public QualityMonitor? Find(string version) => versions.GetValueOrDefault(version);

    /// <summary>A version answered an instance.</summary>
    public void Answer(string version, InstanceKey key, Answer answer, DateTimeOffset now, Draw? draw = null) =>
        Answer(version, GivenAnswer.Of(key, answer), now, draw);

    /// <summary>A version answered an instance.</summary>
    /// <param name="version">The version.</param>
    /// <param name="answer">What it said, and of what.</param>
    /// <param name="now">The time.</param>
    /// <param name="draw">How the request was drawn, while a rollout draws; else null.</param>
    public void Answer(string version, in GivenAnswer answer, DateTimeOffset now, Draw? draw)
    {
        join.Expire(now);
        if (Find(version) is not { } monitor || !join.Answer(version, answer, now, draw, out var instance))
            return;
        HasGrown = true;
        monitor.Answered++;
        if (instance?.Truth is null)
            return;
        if (monitor.Fits(instance.Truth))
        {
            monitor.Count(instance, now);
            Compare(instance, monitor);
            return;
        }

        instance.Truth = null;
        unmatched++;
    }

    /// <summary>The truth about an instance came.</summary>
    /// <param name="key">The instance.</param>
    /// <param name="truth">The label, or the number as text.</param>
    /// <param name="at">When it was established: of several the latest counts.</param>
    /// <param name="now">The time.</param>
    public LabelOutcome Truth(InstanceKey key, string truth, DateTimeOffset at, DateTimeOffset now)
    {
        join.Expire(now);
        var monitor = join.Find(key) is { Answer: not null } answered ? Find(answered.Version) : null;
        if (monitor?.Fits(truth) == false)
        {
            unmatched++;
            return LabelOutcome.Refused;
        }

        HasGrown = HasTruths = true;
        var (outcome, instance, before) = join.Truth(key, truth, at, now);
        if (monitor is null || outcome is not (LabelOutcome.Joined or LabelOutcome.Replaced))
            return outcome;
        if (outcome == LabelOutcome.Joined)
            monitor.Count(instance, now);
        else
            monitor.Recount(instance, before!);
        Compare(instance, monitor);
        return outcome;
    }

    /// <summary>Truths came, of any of the model's versions.</summary>
    public FeedbackReceipt Take(IReadOnlyList<Feedback> truths, DateTimeOffset now)
    {
        var counts = new int[Enum.GetValues<LabelOutcome>().Length];
        foreach (var truth in truths)
            counts[(int)Truth(new InstanceKey(truth.Id, truth.Index), truth.Label, truth.At ?? now, now)]++;
        return new FeedbackReceipt(
            counts[(int)LabelOutcome.Joined], counts[(int)LabelOutcome.Replaced], counts[(int)LabelOutcome.Waiting],
            counts[(int)LabelOutcome.Stale], counts[(int)LabelOutcome.Refused]);
    }

    /// <summary>Whether the instance is known to be answered.</summary>
    public bool IsAnswered(InstanceKey key) => join.IsAnswered(key);

    /// <summary>Forgets what is too old.</summary>
    public void Expire(DateTimeOffset now) => join.Expire(now);

    /// <summary>Forgets what is too old and judges what is known.</summary>
    /// <returns>The alerts that were raised or cleared just now, with their versions.</returns>
    public IReadOnlyList<(string Version, DriftAlert Alert)> Advance(DateTimeOffset now)
    {
        join.Expire(now);
        List<(string, DriftAlert)>? changes = null;
        foreach (var monitor in versions.Values)
            if (monitor.Advance(now) is { } alert)
                (changes ??= []).Add((monitor.Version, alert));
        return changes ?? [];
    }

    /// <summary>Whether any truth came: where none does, answers need not be kept often.</summary>
    public bool HasTruths { get; private set; }

    /// <summary>Whether anything came since <see cref="Save"/>.</summary>
    public bool HasGrown { get; private set; }

    /// <summary>What waits, to outlive a restart; each monitor has its own state.</summary>
    public byte[] Save()
    {
        HasGrown = false;
        var state = new StateWriter();
        state.Write((long)Format);
        join.Write(state);
        return state.ToArray();
    }

    /// <summary>A model's quality as <see cref="Save"/> left it, before it serves any version.</summary>
    public static Outcome<ModelQuality> Restore(string model, ReadOnlySpan<byte> saved)
    {
        try
        {
            var state = new StateReader(saved);
            if (state.ReadCount() != Format)
                return ServingError.Invalid($"the stored answers of '{model}' are of another format");
            var quality = new ModelQuality(model);
            quality.join.Read(ref state);
            return quality;
        }
        catch (Exception fault) when (fault is FormatException or ArgumentException)
        {
            return ServingError.Invalid($"the stored answers of '{model}' are damaged: {fault.Message}");
        }
    }

    /// <summary>
    /// What was counted since load and is in neither <see cref="Save"/> nor the monitors' states: a restart may begin it anew, a move to
    /// another process in the middle of it may not.
    /// </summary>
    public byte[] SaveCounts()
    {
        var state = new StateWriter();
        state.Write(unmatched);
        state.Write(HasTruths);
        arms.Write(state);
        return state.ToArray();
    }

    /// <summary>Goes on with what <see cref="SaveCounts"/> gave.</summary>
    public void ResumeCounts(ReadOnlySpan<byte> saved)
    {
        var state = new StateReader(saved);
        unmatched = state.ReadCount();
        HasTruths = state.ReadBool();
        arms.Read(ref state, join.Known());
    }

    /// <summary>A version's counts since load; see <see cref="SaveCounts"/>.</summary>
    public byte[] SaveCounts(QualityMonitor monitor) => monitor.SaveCounts(join.Known());

    /// <summary>Goes on with a version's counts since load.</summary>
    public void ResumeCounts(QualityMonitor monitor, ReadOnlySpan<byte> saved) => monitor.ResumeCounts(saved, join.Find);

    public QualityReport? Report(string version) => Find(version)?.Report(join.Waiting, unmatched);

    /// <summary>What truths said about a rollout's versions since the last call.</summary>
    public IReadOnlyList<ArmTruths> CutArms() => arms.Cut();

    /// <summary>What truths said about a rollout's versions since it began, or since the last cut; nothing while no answer of it was judged.</summary>
    public IReadOnlyList<ArmTruths> ReadArms(long rollout) => arms.Read(rollout);

    /// <summary>None of a model's versions gives an answer that feedback could be about.</summary>
    public static ServingError NothingToJudge(string model) => ServingError.Invalid(
        $"model '{model}' gives no answer that a truth can be compared with; name an output in serving.quality.output of its model.json");

    /// <summary>A version gives no answer that feedback could be about.</summary>
    public static ServingError NotJudged(string model, string version) => new(
        ErrorCode.NotFound, $"answers of model '{model}' version {version} are not judged: it gives none that a truth can be compared with");

    /// <summary>Numbers of both versions are held against one tolerance, the first that was learned.</summary>
    private void Compare(Instance instance, QualityMonitor monitor)
    {
        if (instance.Draw is null)
            return;
        if (tolerance is null)
            foreach (var judged in versions.Values)
                tolerance ??= judged.Tolerance;
        if (monitor.IsWrong(instance, tolerance) is { } isWrong)
            arms.Count(instance, isWrong);
    }

    private void Forgotten(string? version, bool isJudged)
    {
        if (version is null)
            unmatched++;
        else if (!isJudged && Find(version) is { } monitor)
            monitor.Expired++;
    }
}
