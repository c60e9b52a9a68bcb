using System.Runtime.CompilerServices;
using Serving.Batching;
using Serving.Drift.Quality;
using Serving.Inference;
using Serving.Models;
using Serving.Routing;

namespace Serving;

/// <summary>One inference in one process: chooses, checks and queues on the calling thread, with no lock and no hop of its own.</summary>
/// <param name="tables">The models as they are at the moment.</param>
/// <param name="shadows">Where copies for shadows go; null when no model of the tables has any.</param>
/// <param name="clock">The time.</param>
internal sealed class LocalInference(Func<ModelTable> tables, ShadowLoop? shadows, TimeProvider clock)
{
    /// <summary>A version may retire between the choice and its queue; the next choice then sees the table that no longer has it.</summary>
    private const int Attempts = 4;

    public ValueTask<Outcome<InferenceResponse>> InferAsync(InferenceRequest request, CancellationToken cancellationToken)
    {
        var now = clock.GetTimestamp();
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            if (!tables().Find(request.Model).TryGetValue(out var model, out var error)
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
                return !model.IsObserved && version.Tap is null ? answer
                    : answer.IsCompletedSuccessfully ? new ValueTask<Outcome<InferenceResponse>>(Observe(answer.Result, model, version, pending, CallerOf(model, request.Attributes)))
                    : ObserveAsync(answer, model, version, pending, CallerOf(model, request.Attributes));
        }

        return new ValueTask<Outcome<InferenceResponse>>(ServingError.NotReady(request.Model, null, "its versions are changing"));
    }

    private static string? CallerOf(ServedModel model, IRequestAttributes? attributes) => model.Tally is null ? null : model.Routes.CallerOf(attributes);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<Outcome<InferenceResponse>> ObserveAsync(
        ValueTask<Outcome<InferenceResponse>> running, ServedModel model, ServedVersion version, PendingInference pending, string? caller) =>
        Observe(await running.ConfigureAwait(false), model, version, pending, caller);

    /// <summary>What else an answer is used for, once it is there: a rollout's counts, shadows' copies, observations for drift.</summary>
    private Outcome<InferenceResponse> Observe(
        Outcome<InferenceResponse> outcome, ServedModel model, ServedVersion version, PendingInference pending, string? caller)
    {
        var latency = clock.GetElapsedTime(pending.Arrived);
        model.Tally?.Count(pending.Route, caller, outcome.Error, latency);
        if (!outcome.TryGetValue(out var answer, out _)) return outcome;
        if (model.Routes.Shadows.Count > 0) shadows!.Offer(model, pending, answer);
        version.Tap?.Offer(pending, answer, latency, model.Tally is null ? null : Draw.Of(model.Tally.FirstEpoch, pending.Route, caller));
        return outcome;
    }
}
