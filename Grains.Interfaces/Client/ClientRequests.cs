using Grains.Inference;
using Grains.Requests;
using Orleans.Runtime;
using Serving;
using Serving.Inference;

namespace Grains.Client;

/// <summary>
/// Takes a client's requests to a silo, and to another one when that silo fails or keeps silent. The silo itself finds the replica. A try
/// that is late goes on while another is made beside it, as far as the retry budget allows; the first answer wins. Repeating is safe
/// because inference changes nothing.
/// </summary>
internal sealed class ClientRequests(IGrainFactory grains, ServingClientOptions options, TimeProvider clock)
{
    /// <summary>Silence after which another silo is asked too.</summary>
    private static readonly TimeSpan LateAfter = TimeSpan.FromMilliseconds(500);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly RetryBudget budget = new(percent: 20, burst: 200);
    private readonly IClientDoor[] doors = [.. Enumerable.Range(0, IClientDoor.Keys).Select(key => grains.GetGrain<IClientDoor>(key))];
    private uint turn;

    public async ValueTask<Outcome<InferenceResponse>> InferAsync(InferenceRequest request, SentAttributes? attributes, CancellationToken cancellationToken)
    {
        budget.Earn();
        using var lease = new TensorLease(TensorPool.Shared);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var inputs = SentTensors.Copies(request.Inputs, lease);
        var tries = new List<Task<SentAnswer>>(2);
        try
        {
            return await RunAsync(request, attributes, inputs, tries, end.Token).ConfigureAwait(false);
        }
        finally
        {
            // What is still on its way may still be read by whoever sends it: that memory is not reused.
            if (tries.Exists(t => !t.IsCompleted)) lease.Abandon();
            await end.CancelAsync().ConfigureAwait(false);
        }
    }

    private async Task<Outcome<InferenceResponse>> RunAsync(
        InferenceRequest request, SentAttributes? attributes, SentTensors inputs, List<Task<SentAnswer>> tries, CancellationToken token)
    {
        var began = clock.GetTimestamp();
        var limit = request.Timeout is { } own && own < options.RequestTimeout ? own : options.RequestTimeout;
        string[] outputs = [.. request.Outputs.Select(o => o.Name)];
        for (var first = true; ; first = false)
        {
            token.ThrowIfCancellationRequested();
            var left = limit - clock.GetElapsedTime(began);
            if (left <= TimeSpan.Zero) return TooLate(request, limit);
            if (first || budget.TrySpend())
            {
                var sent = new SentRequest
                {
                    Model = request.Model, Version = request.Version, Id = request.Id, Inputs = inputs, Outputs = outputs, Priority = request.Priority,
                    Timeout = request.Timeout is null ? null : left, Attributes = attributes,
                };
                tries.Add(doors[Interlocked.Increment(ref turn) % IClientDoor.Keys].Infer(sent, token));
            }

            if (await EndWithinAsync(tries, left < LateAfter ? left : LateAfter, token).ConfigureAwait(false) is not { } over) continue;
            if (over.IsCompletedSuccessfully) return Read(over.Result, request);
            tries.Remove(over);
            if (tries.Count == 0) await Task.Delay(Pause, clock, token).ConfigureAwait(false);
        }
    }

    private async Task<Task<SentAnswer>?> EndWithinAsync(List<Task<SentAnswer>> tries, TimeSpan time, CancellationToken token)
    {
        try
        {
            Task any = tries.Count switch { 0 => Task.Delay(time, clock, token), 1 => tries[0], _ => Task.WhenAny(tries) };
            await any.WaitAsync(time, clock, token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        catch (TimeoutException)
        {
            return null;
        }

        token.ThrowIfCancellationRequested();
        return tries.Find(t => t.IsCompleted);
    }

    private static Outcome<InferenceResponse> Read(SentAnswer answer, InferenceRequest request)
    {
        if (answer.Error is { } error) return error.ToError();
        var route = answer.Route!.ToDecision();
        return new InferenceResponse
        {
            Model = request.Model, Version = route.Version, Id = request.Id, Outputs = answer.Outputs.Tensors, Route = route,
            Timing = new RequestTiming(answer.Queue, answer.Compute),
        };
    }

    private static ServingError TooLate(InferenceRequest request, TimeSpan limit) => new(
        ErrorCode.DeadlineExceeded,
        $"model '{request.Model}': no silo answered within {limit.TotalMilliseconds:F0} ms; look whether the cluster can be reached from here");
}
