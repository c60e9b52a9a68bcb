using Grains.Inference;
using Orleans.Runtime;
using Serving;
using Serving.Routing;
using Serving.Routing.Rollouts;
using Serving.Routing.Shadows;

namespace Grains.Routing;

/// <summary>Hands changes of traffic to the models' routers. What the cluster cannot take now is refused, with a time to try again.</summary>
/// <param name="refusal">Why nothing can be asked about a model, or null: most often, that there is none of that name.</param>
/// <param name="grains">The cluster.</param>
internal sealed class ClusterTraffic(Func<string, ServingError?> refusal, IGrainFactory grains) : ITrafficControl
{
    public ValueTask<Outcome<TrafficDocument>> GetAsync(string model, CancellationToken cancellationToken) =>
        AskAsync(model, router => router.Get(), ReadDocument, cancellationToken);

    public ValueTask<Outcome<TrafficDocument>> PutAsync(string model, TrafficDocument document, long? match, CancellationToken cancellationToken) =>
        AskAsync(model, router => router.Put(RoutingWire.Write(document), match), ReadDocument, cancellationToken);

    public ValueTask<Outcome<Done>> DeleteAsync(string model, long? match, CancellationToken cancellationToken) => AskAsync<Done>(
        model,
        async router => new SentDocument { Error = await router.Delete(match).ConfigureAwait(false) },
        static _ => default(Done),
        cancellationToken);

    public ValueTask<Outcome<RolloutStatus>> StartRolloutAsync(string model, RolloutSpec spec, CancellationToken cancellationToken) =>
        AskAsync(model, router => router.StartRollout(RoutingWire.Write(spec)), ReadStatus, cancellationToken);

    public ValueTask<Outcome<RolloutStatus>> GetRolloutAsync(string model, CancellationToken cancellationToken) =>
        AskAsync(model, router => router.GetRollout(), ReadStatus, cancellationToken);

    public ValueTask<Outcome<RolloutStatus>> RollBackAsync(string model, CancellationToken cancellationToken) =>
        AskAsync(model, router => router.RollBack(), ReadStatus, cancellationToken);

    public ValueTask<Outcome<IReadOnlyList<ShadowReport>>> GetShadowsAsync(string model, CancellationToken cancellationToken) =>
        AskAsync<IReadOnlyList<ShadowReport>>(model, () => grains.GetGrain<IShadowGrain>(model).Get(), static json => RoutingWire.ReadShadows(json), cancellationToken);

    private static Outcome<TrafficDocument> ReadDocument(Blob json) => TrafficJson.Read(json.Bytes);

    private static Outcome<RolloutStatus> ReadStatus(Blob json) => RoutingWire.ReadStatus(json);

    private ValueTask<Outcome<T>> AskAsync<T>(
        string model, Func<IRouterGrain, Task<SentDocument>> ask, Func<Blob, Outcome<T>> read, CancellationToken cancellationToken) =>
        AskAsync(model, () => ask(grains.GetGrain<IRouterGrain>(model)), read, cancellationToken);

    private async ValueTask<Outcome<T>> AskAsync<T>(
        string model, Func<Task<SentDocument>> ask, Func<Blob, Outcome<T>> read, CancellationToken cancellationToken)
    {
        if (refusal(model) is { } refused) return refused;
        try
        {
            var sent = await ask().WaitAsync(cancellationToken).ConfigureAwait(false);
            return sent.Error is { } error ? error.ToError() : read(sent.Json ?? new Blob(default));
        }
        catch (Exception lost) when (ClusterFault.Is(lost))
        {
            return new ServingError(ErrorCode.ModelNotReady, $"the cluster cannot take changes now: {lost.Message}", TimeSpan.FromSeconds(5));
        }
    }
}
