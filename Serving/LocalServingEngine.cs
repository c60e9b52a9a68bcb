using Serving.Batching;
using Serving.Drift;
using Serving.Drift.Quality;
using Serving.Inference;
using Serving.Models;
using Serving.Routing;

namespace Serving;

/// <summary>The port in one process: chooses, checks and queues on the calling thread, with no lock and no hop of its own.</summary>
internal sealed class LocalServingEngine(ModelLoop models, LocalModelCatalog catalog, ITrafficControl traffic, ShadowLoop shadows, IDriftControl drift, IQualityControl quality, TimeProvider clock) : IServingEngine
{
    /// <summary>A version may retire between the choice and its queue; the next choice then sees the table that no longer has it.</summary>
    private const int Attempts = 4;

    public IModelCatalog Models => catalog;

    public ITrafficControl Traffic => traffic;

    public IDriftControl Drift => drift;

    public IQualityControl Quality => quality;

    public ValueTask<Outcome<InferenceResponse>> InferAsync(InferenceRequest request, CancellationToken cancellationToken)
    {
        var now = clock.GetTimestamp();
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            if (!models.Table.Find(request.Model).TryGetValue(out var model, out var error)
                || !model.Routes.Choose(request.Version, request.Attributes, Randomness.Next()).TryGetValue(out var route, out error))
                return new ValueTask<Outcome<InferenceResponse>>(error);
            var version = model.Find(route.Version)!;
            if (!version.Check.Check(request, route, now).TryGetValue(out var pending, out error))
            {
                version.Loop.CountRefusal();
                model.Tally?.Count(route, model.Routes.CallerOf(request.Attributes), error, TimeSpan.Zero);
                return new ValueTask<Outcome<InferenceResponse>>(error);
            }

            pending.MarkRouted(clock);
            if (version.Loop.TryEnqueue(pending, cancellationToken) is { } answer)
                return model.IsObserved || version.Tap is not null ? ObserveAsync(answer, model, version, pending, request.Attributes) : answer;
        }

        return new ValueTask<Outcome<InferenceResponse>>(ServingError.NotReady(request.Model, null, "its versions are changing"));
    }

    /// <summary>What else an answer is used for, once it is there: a rollout's counts, shadows' copies, observations for drift.</summary>
    private async ValueTask<Outcome<InferenceResponse>> ObserveAsync(
        ValueTask<Outcome<InferenceResponse>> running, ServedModel model, ServedVersion version, PendingInference pending, IRequestAttributes? attributes)
    {
        var caller = model.Tally is null ? null : model.Routes.CallerOf(attributes);
        var outcome = await running.ConfigureAwait(false);
        var latency = clock.GetElapsedTime(pending.Arrived);
        model.Tally?.Count(pending.Route, caller, outcome.Error, latency);
        if (!outcome.TryGetValue(out var answer, out _)) return outcome;
        if (model.Routes.Shadows.Count > 0) shadows.Offer(model, pending, answer);
        version.Tap?.Offer(pending, answer, latency, model.Tally is null ? null : Draw.Of(model.Tally.FirstEpoch, pending.Route, caller));
        return outcome;
    }

    public ValueTask<bool> IsReadyAsync(CancellationToken cancellationToken) => new(models.Table.AllReady);
}
