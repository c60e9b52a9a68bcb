using System.Threading.Tasks.Sources;
using Grains.Inference;
using Serving.Drift.Quality;
using Serving.Inference;

namespace Grains.Requests;

/// <summary>
/// A request that is under way to replicas: its tries, and what its driver waits on. Whatever happens to it only wakes the driver, which then
/// looks at everything; so many things can be waited for without a task or a timer for each.
/// </summary>
internal sealed class RemoteRequest : IValueTaskSource
{
    private const int Idle = 0;
    private const int Waiting = 1;
    private const int Woken = 2;

    private readonly TensorLease lease = new(TensorPool.Shared);
    private ManualResetValueTaskSourceCore<bool> signal;
    private int state;
    private ReplicaTry? newest;
    private volatile bool hasEnded;

    public RemoteRequest(InferenceRequest request, RouteDecision route, Draw? draw, long began, CancellationToken token)
    {
        (Request, Route, Began, Token) = (request, route, began, token);
        Draw = draw is null ? null : new SentDraw(draw.Rollout, draw.Epoch, draw.Unit);
        Inputs = SentTensors.Copies(request.Inputs, lease);
        if (request.Outputs.Count == 0) return;
        Outputs = new string[request.Outputs.Count];
        for (var i = 0; i < Outputs.Length; i++) Outputs[i] = request.Outputs[i].Name;
    }

    public InferenceRequest Request { get; }

    public RouteDecision Route { get; }

    /// <summary>How a running rollout drew it; null when none did.</summary>
    public SentDraw? Draw { get; }

    /// <summary>When it came, as a timestamp.</summary>
    public long Began { get; }

    /// <summary>The caller's.</summary>
    public CancellationToken Token { get; }

    /// <summary>Inputs in memory of its own: the caller's is the caller's again as soon as the request ends, whatever is then still being sent.</summary>
    public SentTensors Inputs { get; }

    /// <summary>Names of the outputs that are wanted; empty for all.</summary>
    public string[] Outputs { get; } = [];

    public List<ReplicaTry> Tries { get; } = new(1);

    /// <summary>When it is to be woken at the latest, as a timestamp.</summary>
    public long WakeAt { get; set; }

    /// <summary>The try that was made last, while it is open. Read by the watch.</summary>
    public ReplicaTry? Newest
    {
        get => Volatile.Read(ref newest);
        set => Volatile.Write(ref newest, value);
    }

    public bool HasEnded => hasEnded;

    /// <summary>Its neighbours among all that are under way. Owned by <see cref="RequestWatch"/>.</summary>
    public RemoteRequest? Previous { get; set; }

    /// <inheritdoc cref="Previous"/>
    public RemoteRequest? Next { get; set; }

    /// <summary>Waits until it is woken. One waits at a time.</summary>
    public ValueTask WokenAsync()
    {
        signal.Reset();
        if (Interlocked.CompareExchange(ref state, Waiting, Idle) == Idle) return new ValueTask(this, signal.Version);
        Interlocked.Exchange(ref state, Idle);
        return default;
    }

    /// <summary>Something has happened.</summary>
    /// <param name="here">The driver may go on on this thread.</param>
    public void Wake(bool here)
    {
        if (Interlocked.CompareExchange(ref state, Idle, Waiting) == Waiting)
        {
            signal.RunContinuationsAsynchronously = !here;
            signal.SetResult(true);
            return;
        }

        // Not waiting now: it looks again before it does. Should it begin to wait between the two, it is woken all the same.
        if (Interlocked.CompareExchange(ref state, Woken, Idle) == Waiting) Wake(here);
    }

    /// <summary>Gives the memory back, and ends what is under way beside the answer that was given: mostly nothing.</summary>
    public void End()
    {
        hasEnded = true;
        foreach (var one in Tries)
        {
            if (one.IsOver) continue;
            one.Replica.Silo.Ended();
            if (one.HasEnded) continue;

            // What is still on its way may still be read by whoever sends it: that memory is not reused.
            lease.Abandon();
            if (one.Cancellation is { } cancellation) _ = cancellation.CancelAsync();
        }

        lease.Dispose();
    }

    void IValueTaskSource.GetResult(short token) => signal.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => signal.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        signal.OnCompleted(continuation, state, token, flags);
}
