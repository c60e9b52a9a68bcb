using Serving;
using Serving.Routing;
using Serving.Routing.Rollouts;
using Serving.Routing.Shadows;

namespace Gateway.Tests.Http;

/// <summary>The traffic of <c>double</c>, at epoch 7, in the middle of a rollout; no other model has any.</summary>
internal sealed class FakeTraffic : ITrafficControl
{
    private static readonly DateTimeOffset Then = new(2026, 11, 1, 10, 0, 0, TimeSpan.Zero);

    private static readonly TrafficDocument Document = new()
    {
        Variants = [new TrafficVariant("1", 90, "stable"), new TrafficVariant("2", 10, "canary")],
        StickyBy = new AttributeSource(AttributeKind.Header, "x-user-id"),
        Rules = [new TrafficRule(new AttributeSource(AttributeKind.Header, "x-tenant"), "acme", "2")],
        Shadows = [new TrafficShadow("2", 20)],
        Epoch = 7,
        UpdatedAt = Then,
    };

    public ValueTask<Outcome<TrafficDocument>> GetAsync(string model, CancellationToken cancellationToken) => Answer(model, Document);

    public ValueTask<Outcome<TrafficDocument>> PutAsync(string model, TrafficDocument document, long? match, CancellationToken cancellationToken) =>
        Stale(match) is { } stale ? new(stale) : Answer(model, document with { Epoch = 8, UpdatedAt = Then });

    public ValueTask<Outcome<Done>> DeleteAsync(string model, long? match, CancellationToken cancellationToken) =>
        Stale(match) is { } stale ? new(stale) : Answer(model, default(Done));

    public ValueTask<Outcome<IReadOnlyList<ShadowReport>>> GetShadowsAsync(string model, CancellationToken cancellationToken) => Answer<IReadOnlyList<ShadowReport>>(model,
    [
        new ShadowReport
        {
            Version = "2", Percent = 20, Sent = 100, Dropped = 3, Failed = 1, Compared = 99, Agreed = 97,
            Outputs = [new OutputReport("y", OutputKind.Scores, 99, 97, 0, 0, 0.5, 0.125)],
            Primary = new LatencyQuantiles(1, 2, 3, 4), Shadow = new LatencyQuantiles(1.5, 2.5, 3.5, 4.5),
        },
    ]);

    public ValueTask<Outcome<RolloutStatus>> StartRolloutAsync(string model, RolloutSpec spec, CancellationToken cancellationToken) =>
        Answer(model, Status(RolloutPhase.Running) with { Spec = spec });

    public ValueTask<Outcome<RolloutStatus>> GetRolloutAsync(string model, CancellationToken cancellationToken) => Answer(model, Status(RolloutPhase.Running));

    public ValueTask<Outcome<RolloutStatus>> RollBackAsync(string model, CancellationToken cancellationToken) => Answer(model, Status(RolloutPhase.RolledBack));

    private static ValueTask<Outcome<T>> Answer<T>(string model, T answer) =>
        new(model == "double" ? answer : (Outcome<T>)ServingError.ModelNotFound(model));

    private static ServingError? Stale(long? match) =>
        match is null or 7 ? null : new ServingError(ErrorCode.StaleMatch, "the traffic document has epoch 7 by now; read it again");

    private static RolloutStatus Status(RolloutPhase phase)
    {
        StageCounts[] stages = [new(1, 7, Then, new ArmCounts(990, 1, 0, 1, 0, []), new ArmCounts(10, 0, 0, 0, 0, []))];
        GuardReading[] guards = [new("error_rate", Verdict.Clear, -0.5, 3, "share_of_requests", new Interval(0, -0.25, 0.25))];
        return new RolloutStatus
        {
            State = phase, From = "1", To = "2", Step = 0, Weight = 1, WaitingFor = phase == RolloutPhase.Running ? "10 of 200 requests" : null,
            StartedAt = Then, StepStartedAt = Then, Spec = new RolloutSpec { To = "2", Guards = RolloutGuards.Default },
            Stable = new ArmStatus("1", 990, 1, 0.125, 0, 1, 2, new Interval(3, 2, 4), 5, 0.75), Canary = new ArmStatus("2", 10, 0, 0, 0, null, null, null, 0, null),
            Stages = stages, Guards = guards, LatencyShares = null, RefusedReports = 0,
            Log = [new RolloutDecision(Then, RolloutAction.Promote, 1, "it begins", Asked: true, stages, guards)],
        };
    }
}
