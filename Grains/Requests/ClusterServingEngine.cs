using Grains.Hosting;
using Grains.Routing;
using Serving;
using Serving.Drift;
using Serving.Inference;
using Serving.Models;
using Serving.Routing;

namespace Grains.Requests;

/// <summary>
/// The port in a silo. Chooses the version on this process's snapshot; a copy in this process is called as in one process, with no
/// hop and no lock, and only when it is busy or absent does the request go to another silo.
/// </summary>
internal sealed class ClusterServingEngine(RouteFeed feed, RemoteRequests remote, ClusterModelCatalog catalog, ITrafficControl traffic, SiloServingOptions options, TimeProvider clock)
    : IServingEngine
{
    public IModelCatalog Models => catalog;

    public ITrafficControl Traffic => traffic;

    public IDriftControl Drift { get; } = new UnwatchedDrift();

    public IQualityControl Quality { get; } = new UnwatchedQuality();

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
                if (model.Tally is not null) return CountAsync(answer, model, request, route, now);
                if (!answer.IsCompletedSuccessfully) return answer;
                var outcome = answer.Result;

                // Refused at once: a replica elsewhere may have room.
                if (outcome.Error is not { Code: ErrorCode.Overloaded }) return new ValueTask<Outcome<InferenceResponse>>(outcome);
            }
        }

        var elsewhere = remote.InferAsync(request, route, cancellationToken);
        return model.Tally is null ? elsewhere : CountAsync(elsewhere, model, request, route, now);
    }

    private async ValueTask<Outcome<InferenceResponse>> CountAsync(
        ValueTask<Outcome<InferenceResponse>> running, ClusterModel model, InferenceRequest request, RouteDecision route, long arrived)
    {
        var caller = model.Routes.CallerOf(request.Attributes);
        var outcome = await running.ConfigureAwait(false);
        model.Tally!.Count(route, caller, outcome.Error, clock.GetElapsedTime(arrived));
        return outcome;
    }

    public ValueTask<bool> IsReadyAsync(CancellationToken cancellationToken) => new(feed.Table.AllReady && !feed.IsLeaving);
}
