using Serving;
using Serving.Drift;
using Serving.Inference;
using Serving.Models;
using Serving.Routing;

namespace Gateway.Tracing;

/// <summary>An engine that notes the times of the requests that the settings pick, whichever protocol they came in.</summary>
internal sealed class TracedEngine(IServingEngine engine, TraceSettings settings, TraceFile file, TimeProvider clock) : IServingEngine
{
    private const long NanosecondsPerTick = 100;

    public IModelCatalog Models => engine.Models;

    public ITrafficControl Traffic => engine.Traffic;

    public IDriftControl Drift => engine.Drift;

    public IQualityControl Quality => engine.Quality;

    public ValueTask<bool> IsReadyAsync(CancellationToken cancellationToken) => engine.IsReadyAsync(cancellationToken);

    public ValueTask<Outcome<InferenceResponse>> InferAsync(InferenceRequest request, CancellationToken cancellationToken) =>
        settings.Take(request.Model) ? TraceAsync(request, cancellationToken) : engine.InferAsync(request, cancellationToken);

    private async ValueTask<Outcome<InferenceResponse>> TraceAsync(InferenceRequest request, CancellationToken cancellationToken)
    {
        var start = (clock.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * NanosecondsPerTick;
        var began = clock.GetTimestamp();
        var outcome = await engine.InferAsync(request, cancellationToken);
        var end = start + clock.GetElapsedTime(began).Ticks * NanosecondsPerTick;
        file.Add(outcome.TryGetValue(out var answer, out var error)
            ? new RequestTrace(request.Model, answer.Version, request.Id, start, end, answer.Timing, null)
            : new RequestTrace(request.Model, null, request.Id, start, end, default, error.Code));
        return outcome;
    }
}
