namespace Serving.Routing.Rollouts;

/// <summary>
/// A rollout: takes a model from one version to another, step by step, and goes back at the first proof of harm.
/// </summary>
/// <remarks>
/// <para><b>What is compared.</b> The traffic document draws every request for one of two arms with a known probability. While
/// the versions are alike, whatever happens to a request (an error, a latency of some length) happens to the new version's arm
/// with exactly that probability, at night as at noon. The guards bet against that; see <see cref="EventEProcess"/> and
/// <see cref="LatencyEProcess"/>. The bets' mean winnings being nothing, they may be looked at after every report: a harmless
/// version is rolled back with the probability alpha at most, over all steps, guards and looks together.</para>
/// <para><b>What counts.</b> Only requests that were drawn (reasons <c>weight</c> and <c>sticky</c>), under the epoch they were
/// drawn in, and only while both arms were ready; a caller who names a version or is sent by a rule proves nothing. Of a sticky
/// caller, who is drawn once for all its requests, guards see the first error, slow answer and latency only: see
/// <see cref="TestedCounts"/>.</para>
/// <para><b>What decides.</b> <see cref="RolloutRule"/>, a pure function of the counts and the time. Each decision is logged with
/// its counts; <see cref="RolloutReplay"/> makes it again from them.</para>
/// <para><b>Invariants.</b> The rollout owns the traffic document's epoch while it runs: each step has its own, one above the
/// last. Counts only grow, a report is taken once, and nothing is taken after the end. The latency law is cut once, from
/// latencies that are not tested with it. A hold changes nothing, so looking is free and is not logged.</para>
/// <para>Units: weights in percent, latencies in milliseconds, evidence as natural logarithms. The machine knows no clock; its
/// driver brings the time, persists <see cref="State"/> before it makes a decision known, and publishes the weights.</para>
/// </remarks>
internal sealed class Rollout
{
    private readonly RolloutSpec spec;
    private readonly IReadOnlyList<IRolloutGuard> guards;
    private readonly List<StageCounts> stages;
    private readonly List<RolloutDecision> log;
    private readonly SortedDictionary<string, long> reporters;
    private readonly LatencyHistogram stableLatencies = new();
    private readonly LatencyHistogram canaryLatencies = new();
    private readonly string from;
    private readonly DateTimeOffset startedAt;
    private LatencyLaw? law;
    private RolloutDrift? drift;
    private DateTimeOffset stepStartedAt;
    private long refusedReports;

    /// <summary>Takes up a rollout where its state was left.</summary>
    public Rollout(RolloutState state)
    {
        spec = state.Spec;
        guards = RolloutRule.GuardsOf(spec.Guards);
        from = state.From;
        Phase = state.Phase;
        startedAt = state.StartedAt;
        stepStartedAt = state.StepStartedAt;
        Epoch = state.Epoch;
        stages = [.. state.Stages];
        law = state.Law;
        stableLatencies.Add(state.StableLatencies);
        canaryLatencies.Add(state.CanaryLatencies);
        reporters = new SortedDictionary<string, long>(state.Reporters, StringComparer.Ordinal);
        refusedReports = state.RefusedReports;
        log = [.. state.Log];
    }

    public RolloutPhase Phase { get; private set; }

    /// <summary>The traffic document's epoch now: that of the present step, or of the end.</summary>
    public long Epoch { get; private set; }

    /// <summary>The stable version it started from.</summary>
    public string From => from;

    /// <summary>The version that is to take over.</summary>
    public string To => spec.To;

    /// <summary>The epoch of the first step.</summary>
    public long FirstEpoch => stages[0].Epoch;

    /// <summary>The steps so far and what was counted in them, the present one last.</summary>
    public IReadOnlyList<StageCounts> Stages => stages;

    /// <summary>What is watched.</summary>
    public RolloutGuards Guards => spec.Guards;

    /// <summary>
    /// The latency guard's budget, which the processes that answer must know to count slow answers; null for none.
    /// </summary>
    public double? BudgetMs => spec.Guards.Latency?.BudgetMs;

    /// <summary>The new version's share of the drawn traffic, in percent.</summary>
    public int Weight => Phase switch
    {
        RolloutPhase.Running => stages[^1].Weight,
        RolloutPhase.Completed => 100,
        _ => 0,
    };

    /// <summary>What must be kept over a restart. A copy: later changes do not show in it.</summary>
    public RolloutState State => new()
    {
        Spec = spec,
        From = from,
        Phase = Phase,
        StartedAt = startedAt,
        StepStartedAt = stepStartedAt,
        Epoch = Epoch,
        Stages = [.. stages],
        Law = law,
        StableLatencies = stableLatencies.ToCounts(),
        CanaryLatencies = canaryLatencies.ToCounts(),
        Reporters = new SortedDictionary<string, long>(reporters, StringComparer.Ordinal),
        RefusedReports = refusedReports,
        Log = [.. log],
    };

    /// <summary>Begins with the first step.</summary>
    /// <param name="spec">What is asked for, as <see cref="RolloutJson"/> lets it through.</param>
    /// <param name="from">The present stable version.</param>
    /// <param name="epoch">The epoch of the first step's traffic document.</param>
    /// <param name="usual">Latencies of the stable version before the rollout; null or few make the latency guard wait for
    /// some.</param>
    /// <param name="now">The time.</param>
    public static Rollout Start(RolloutSpec spec, string from, long epoch, LatencyHistogram? usual, DateTimeOffset now) => new(new()
    {
        Spec = spec,
        From = from,
        Phase = RolloutPhase.Running,
        StartedAt = now,
        StepStartedAt = now,
        Epoch = epoch,
        Stages = [new StageCounts(spec.Steps[0], epoch, now, ArmCounts.None, ArmCounts.None)],
        Law = usual is null ? null : LatencyLaw.Cut(usual),
        StableLatencies = LatencyCounts.None,
        CanaryLatencies = LatencyCounts.None,
        Reporters = [],
        RefusedReports = 0,
        Log = [],
    });

    /// <summary>
    /// Takes a report's counts. False when it changes nothing: it was taken before, the rollout is over, or more processes
    /// report than <see cref="RolloutLimits.MaxReporters"/>. Either way the sender need not repeat it.
    /// </summary>
    public bool Report(RolloutReport report)
    {
        var known = reporters.TryGetValue(report.Node, out var last);
        if (Phase != RolloutPhase.Running || (known && report.Sequence <= last)) return false;
        if (!known && reporters.Count >= RolloutLimits.MaxReporters)
        {
            refusedReports++;
            return false;
        }

        reporters[report.Node] = report.Sequence;
        foreach (var epoch in report.Epochs)
        {
            var i = stages.FindIndex(s => s.Epoch == epoch.Epoch);
            if (i < 0) continue;
            stages[i] = stages[i] with { Stable = Add(stages[i].Stable, epoch.Stable), Canary = Add(stages[i].Canary, epoch.Canary) };
            stableLatencies.Add(epoch.Stable.Latencies);
            canaryLatencies.Add(epoch.Canary.Latencies);
        }

        // What the law is cut from is not counted in its bins; from the next report on everything is.
        law ??= LatencyLaw.Cut(stableLatencies);
        return true;
    }

    /// <summary>The sequence number of the last report that was taken of a node; 0 for none.</summary>
    public long LastOf(string node) => reporters.GetValueOrDefault(node);

    /// <summary>Decides what comes next; null to hold. Looking often costs nothing.</summary>
    /// <param name="now">The time.</param>
    /// <param name="obstacle">Why it cannot go on just now, as a sentence (an arm is not ready); null when it can.</param>
    /// <param name="drift">See <see cref="RolloutEvidence.Drift"/>.</param>
    public RolloutDecision? Step(DateTimeOffset now, string? obstacle, RolloutDrift? drift = null)
    {
        if (Phase != RolloutPhase.Running) return null;
        this.drift = drift;
        var evidence = Evidence();
        var (action, reason) = RolloutRule.Decide(spec, guards, evidence, now);
        if (action == RolloutAction.Hold || (action == RolloutAction.Promote && obstacle is not null)) return null;
        return Carry(action, reason, asked: false, now);
    }

    /// <summary>Goes back at once; null when it is over already.</summary>
    /// <param name="reason">Why, as a sentence.</param>
    /// <param name="now">The time.</param>
    public RolloutDecision? RollBack(string reason, DateTimeOffset now) =>
        Phase == RolloutPhase.Running ? Carry(RolloutAction.RollBack, reason, asked: true, now) : null;

    /// <summary>How it stands.</summary>
    /// <param name="now">The time.</param>
    /// <param name="obstacle">As for <see cref="Step"/>.</param>
    public RolloutStatus Status(DateTimeOffset now, string? obstacle)
    {
        var evidence = Evidence();
        var waiting = Phase == RolloutPhase.Running ? obstacle ?? RolloutRule.Decide(spec, guards, evidence, now).Reason : null;
        return new RolloutStatus
        {
            State = Phase,
            From = from,
            To = spec.To,
            Step = stages.Count - 1,
            Weight = Weight,
            WaitingFor = waiting,
            StartedAt = startedAt,
            StepStartedAt = stepStartedAt,
            Spec = spec,
            Stable = Arm(from, stages.Select(s => s.Stable), stableLatencies),
            Canary = Arm(spec.To, stages.Select(s => s.Canary), canaryLatencies),
            Stages = evidence.Stages,
            Guards = RolloutRule.Read(spec, guards, evidence),
            LatencyShares = law?.Shares,
            RefusedReports = refusedReports,
            Log = [.. log],
        };
    }

    private RolloutDecision Carry(RolloutAction action, string reason, bool asked, DateTimeOffset now)
    {
        var evidence = Evidence();
        var readings = RolloutRule.Read(spec, guards, evidence);
        var next = action == RolloutAction.Promote ? spec.Steps[stages.Count] : 0;
        Epoch++;
        stepStartedAt = now;
        if (action == RolloutAction.RollBack) Phase = RolloutPhase.RolledBack;
        else if (next == 100) Phase = RolloutPhase.Completed;
        else stages.Add(new StageCounts(next, Epoch, now, ArmCounts.None, ArmCounts.None));

        var decision = new RolloutDecision(now, action, next, reason, asked, evidence.Stages, readings, evidence.Drift);
        log.Add(decision);
        return decision;
    }

    private RolloutEvidence Evidence() => new([.. stages], law?.Shares, stableLatencies, canaryLatencies, drift);

    private ArmCounts Add(ArmCounts arm, ArmReport report)
    {
        var tested = report.Tested ?? new TestedCounts(report.Errors, report.Slow, report.Latencies);
        var bins = law?.Bin(tested.Latencies) ?? [];
        for (var i = 0; i < arm.TestedLatencies.Count; i++) bins[i] += arm.TestedLatencies[i];
        return new ArmCounts(
            arm.Requests + report.Requests,
            arm.Errors + report.Errors,
            arm.Slow + report.Slow,
            arm.TestedErrors + tested.Errors,
            arm.TestedSlow + tested.Slow,
            bins,
            arm.Truths + report.Truths,
            arm.Wrong + report.Wrong,
            arm.TestedWrong + report.TestedWrong);
    }

    private ArmStatus Arm(string version, IEnumerable<ArmCounts> counts, LatencyHistogram latencies)
    {
        var (requests, errors, slow, truths, wrong) = (0L, 0L, 0L, 0L, 0L);
        foreach (var arm in counts)
        {
            requests += arm.Requests;
            errors += arm.Errors;
            slow += arm.Slow;
            truths += arm.Truths;
            wrong += arm.Wrong;
        }

        return new ArmStatus(
            version,
            requests,
            errors,
            requests == 0 ? null : (double)errors / requests,
            slow,
            latencies.QuantileMs(0.5),
            latencies.QuantileMs(0.9),
            latencies.Total == 0 ? null : QuantileSequence.OfMs(latencies, 0.99, spec.Alpha),
            truths,
            truths == 0 ? null : 1 - ((double)wrong / truths));
    }
}
