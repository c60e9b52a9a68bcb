using System.Diagnostics;
using Serving;
using Serving.Drift;
using Serving.Inference;
using Serving.Models;
using Serving.Routing;
using Serving.Telemetry;

namespace Gateway.Tracing;

/// <summary>
/// An engine that notes the times of the requests that the settings pick, and the stages of those that are part of a trace, whichever
/// protocol they came in.
/// </summary>
internal sealed class TracedEngine(IServingEngine engine, TraceSettings settings, TraceFile file, TimeProvider clock) : IServingEngine
{
    private const long NanosecondsPerTick = 100;

    public IModelCatalog Models => engine.Models;

    public ITrafficControl Traffic => engine.Traffic;

    public IDriftControl Drift => engine.Drift;

    public IQualityControl Quality => engine.Quality;

    public ValueTask<string?> WhyNotReadyAsync(CancellationToken cancellationToken) => engine.WhyNotReadyAsync(cancellationToken);

    public ValueTask<Outcome<InferenceResponse>> InferAsync(InferenceRequest request, CancellationToken cancellationToken) =>
        ServingTraces.Current is { } span ? SpanAsync(span, request, cancellationToken) : RunAsync(request, cancellationToken);

    private ValueTask<Outcome<InferenceResponse>> RunAsync(InferenceRequest request, CancellationToken cancellationToken) =>
        settings.Take(request.Model) ? TraceAsync(request, cancellationToken) : engine.InferAsync(request, cancellationToken);

    private async ValueTask<Outcome<InferenceResponse>> SpanAsync(
        Activity span, InferenceRequest request, CancellationToken cancellationToken)
    {
        var began = RequestSpans.Read(span, request);
        var outcome = await RunAsync(request, cancellationToken);
        RequestSpans.Answer(span, began, outcome.TryGetValue(out var answer, out _) ? answer : null);
        return outcome;
    }

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
