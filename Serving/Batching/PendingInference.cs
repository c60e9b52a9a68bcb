using System.Diagnostics;
using System.Threading.Tasks.Sources;
using Serving.Inference;
using Serving.Telemetry;

namespace Serving.Batching;

/// <summary>
/// One request on its way through a version's queue: what the queue decides on, and the caller's task. It is settled once, by
/// whoever takes it out of the queue: the run, its deadline, the caller's cancellation.
/// </summary>
internal sealed class PendingInference : IValueTaskSource<Outcome<InferenceResponse>>
{
    private ManualResetValueTaskSourceCore<Outcome<InferenceResponse>> completion = new() { RunContinuationsAsynchronously = true };
    private CancellationTokenRegistration cancellation;

    public required InferenceRequest Request { get; init; }

    /// <summary>The inputs in the signature's order.</summary>
    public required Tensor[] Inputs { get; init; }

    /// <summary>Positions of the wanted outputs in the signature.</summary>
    public required int[] Outputs { get; init; }

    public required RouteDecision Route { get; init; }

    /// <summary>Rows of the first dimension; 1 when the model does not batch.</summary>
    public required int Rows { get; init; }

    /// <summary>Bytes of all inputs.</summary>
    public required long Bytes { get; init; }

    /// <summary>When it arrived, as a timestamp of the engine's clock.</summary>
    public required long Arrived { get; init; }

    /// <summary>
    /// When it must have begun to run, as a timestamp; <see cref="long.MaxValue"/> for never. Set by the queue: of a request that
    /// has to wait, early enough that its run, as far as runs are known, ends before <see cref="Due"/>.
    /// </summary>
    public long Deadline { get; set; } = long.MaxValue;

    /// <summary>Its own deadline as a timestamp; <see cref="long.MaxValue"/> for none. Set by the queue.</summary>
    public long Due { get; set; } = long.MaxValue;

    /// <summary>Priority level from 0, the first served. Set by the queue.</summary>
    public int Level { get; set; }

    /// <summary>Its place among the callers that wait, smaller first; 0 where they are not told apart. Set by the queue.</summary>
    public long Turn { get; set; }

    /// <summary>The request's span, where it is traced.</summary>
    public Activity? Trace { get; private set; }

    /// <summary>When the version was chosen, as a timestamp; 0 where it is not traced.</summary>
    public long Routed { get; private set; }

    /// <summary>The hash that the response cache found no answer by; set when the answer is to be kept.</summary>
    public ulong InputHash { get; set; }

    /// <summary>The loop it waits in.</summary>
    public BatchLoop? Loop { get; set; }

    /// <summary>Its place in the queue, while it has one. Owned by the queue.</summary>
    public LinkedListNode<PendingInference>? Place { get; set; }

    public ValueTask<Outcome<InferenceResponse>> Task => new(this, completion.Version);

    /// <summary>The version is chosen and the request checked.</summary>
    public void MarkRouted(TimeProvider clock)
    {
        if (ServingTraces.Current is not { } span) return;
        (Trace, Routed) = (span, clock.GetTimestamp());
    }

    /// <summary>Tells the loop when the caller goes away while the request waits.</summary>
    public void Watch(CancellationToken token)
    {
        if (!token.CanBeCanceled) return;
        cancellation = token.UnsafeRegister(static state =>
        {
            var gone = (PendingInference)state!;
            gone.Loop!.OnCallerGone(gone);
        }, this);
    }

    /// <summary>The answer that these outputs are.</summary>
    public InferenceResponse Answer(Tensor[] outputs, RequestTiming timing, IDisposable? lease) => new()
    {
        Model = Request.Model,
        Version = Route.Version,
        Id = Request.Id,
        Outputs = outputs,
        Route = Route,
        Timing = timing,
        Lease = lease,
    };

    /// <summary>Gives the caller its answer, on a thread of the pool.</summary>
    public void Complete(Outcome<InferenceResponse> outcome)
    {
        cancellation.Unregister();
        completion.SetResult(outcome);
    }

    /// <summary>Gives the caller its answer and goes on with it, on this thread.</summary>
    public void CompleteHere(Outcome<InferenceResponse> outcome)
    {
        completion.RunContinuationsAsynchronously = false;
        Complete(outcome);
    }

    public void Cancel() => completion.SetException(new OperationCanceledException("The caller went away before the request ran."));

    /// <summary>Whether both can be rows of one batch: the same inputs with the same row shapes, the same outputs wanted.</summary>
    public bool SharesLayoutWith(PendingInference other)
    {
        if (Inputs.Length != other.Inputs.Length || !Outputs.AsSpan().SequenceEqual(other.Outputs)) return false;
        for (var i = 0; i < Inputs.Length; i++)
        {
            var (mine, theirs) = (Inputs[i], other.Inputs[i]);
            if (mine.Shape.Length != theirs.Shape.Length || !ReferenceEquals(mine.Name, theirs.Name) && mine.Name != theirs.Name) return false;
            if (!mine.Shape.AsSpan(1).SequenceEqual(theirs.Shape.AsSpan(1))) return false;
        }

        return true;
    }

    Outcome<InferenceResponse> IValueTaskSource<Outcome<InferenceResponse>>.GetResult(short token) => completion.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<Outcome<InferenceResponse>>.GetStatus(short token) => completion.GetStatus(token);

    void IValueTaskSource<Outcome<InferenceResponse>>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        completion.OnCompleted(continuation, state, token, flags);
}
