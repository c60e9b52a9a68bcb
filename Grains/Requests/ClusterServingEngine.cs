using Grains.Hosting;
using Grains.Routing;
using Grains.Routing.Shadows;
using Serving;
using Serving.Batching;
using Serving.Drift;
using Serving.Drift.Observing;
using Serving.Drift.Quality;
using Serving.Inference;
using Serving.Models;
using Serving.Routing;

namespace Grains.Requests;

/// <summary>
/// The port in a silo. Chooses the version on this process's snapshot; a copy in this process is called as in one process, with no
/// hop and no lock, and only when it is busy or absent does the request go to another silo.
/// </summary>
internal sealed class ClusterServingEngine(
    RouteFeed feed, RemoteRequests remote, ClusterModelCatalog catalog, ITrafficControl traffic, ClusterShadows shadows, IDriftControl drift,
    IQualityControl quality, PeerReach peers, SiloServingOptions options, TimeProvider clock)
    : IServingEngine
{
    public IModelCatalog Models => catalog;

    public ITrafficControl Traffic => traffic;

    public IDriftControl Drift => drift;

    public IQualityControl Quality => quality;

    public ValueTask<Outcome<InferenceResponse>> InferAsync(InferenceRequest request, CancellationToken cancellationToken)
    {
        var now = clock.GetTimestamp();
        if (!feed.Table.Find(request.Model).TryGetValue(out var model, out var error)
            || !model.Routes.Choose(request.Version, request.Attributes, Randomness.Next()).TryGetValue(out var route, out error))
            return new ValueTask<Outcome<InferenceResponse>>(error);
        var version = model.Find(route.Version)!;
        if (version.Local is { } local && local.Loop.Waiting < options.LocalQueueBound)
        {
            if (!local.Check.Check(request, route, now).TryGetValue(out var pending, out error))
            {
                local.Loop.CountRefusal();
                model.Tally?.Count(route, model.Routes.CallerOf(request.Attributes), error, TimeSpan.Zero);
                return new ValueTask<Outcome<InferenceResponse>>(error);
            }

            pending.MarkRouted(clock);
            if (local.Loop.TryEnqueue(pending, cancellationToken) is { } answer)
            {
                if (answer.IsCompletedSuccessfully) answer = new ValueTask<Outcome<InferenceResponse>>(answer.Result);

                // Refused at once: a replica elsewhere may have room.
                if (!answer.IsCompletedSuccessfully || answer.Result.Error is not { Code: ErrorCode.Overloaded })
                    return !model.IsObserved && local.Tap is null ? answer : ObserveAsync(answer, model, request, route, now, local.Tap, pending);
            }
        }

        var draw = model.Tally is null ? null : Draw.Of(model.Tally.FirstEpoch, route, model.Routes.CallerOf(request.Attributes));
        var elsewhere = remote.InferAsync(request, route, draw, cancellationToken);
        return !model.IsObserved ? elsewhere : ObserveAsync(elsewhere, model, request, route, now, tap: null, pending: null);
    }

    /// <summary>What else an answer is used for: a rollout's counts, shadows' copies; observations for drift, where it ran in this process.</summary>
    private async ValueTask<Outcome<InferenceResponse>> ObserveAsync(
        ValueTask<Outcome<InferenceResponse>> running, ClusterModel model, InferenceRequest request, RouteDecision route, long arrived,
        ObservationTap? tap, PendingInference? pending)
    {
        var caller = model.Tally is null ? null : model.Routes.CallerOf(request.Attributes);
        var outcome = await running.ConfigureAwait(false);
        var latency = clock.GetElapsedTime(arrived);
        model.Tally?.Count(route, caller, outcome.Error, latency);
        if (!outcome.TryGetValue(out var answer, out _)) return outcome;
        if (model.Routes.Shadows.Count > 0) shadows.Offer(model, request.Inputs, answer);
        tap?.Offer(pending!, answer, latency, model.Tally is null ? null : Draw.Of(model.Tally.FirstEpoch, route, caller));
        return outcome;
    }

    public ValueTask<string?> WhyNotReadyAsync(CancellationToken cancellationToken) => new(
        feed.IsLeaving ? "this silo is leaving the cluster"
        : peers.WhyCutOff ?? (feed.Table.AllReady ? null : Readiness.ModelsAreNot));
}
