using Grains.Inference;
using Grains.Replicas;
using Orleans.Runtime;

namespace Grains.Requests;

/// <summary>
/// The way to one replica. What a call costs hardly depends on how many requests it carries, so requests for a replica that is known to
/// answer quickly gather while a call is under way, and the next call takes them all; one that comes alone goes at once. A slow
/// replica gets each request in a call of its own, that can be cancelled: nobody's answer waits there for somebody else's run.
/// </summary>
internal sealed class ReplicaLane(IModelReplica grain, TimeProvider clock)
{
    /// <summary>A call takes no more requests than this: beyond it what a call costs is shared well enough.</summary>
    private const int MostTogether = 16;

    /// <summary>Bytes from which on the copying costs more than the call: larger requests travel alone.</summary>
    private const int LargestTogether = 64 << 10;

    /// <summary>A replica whose requests lately took less on the average, waiting included, is quick.</summary>
    private static readonly TimeSpan Quick = TimeSpan.FromMilliseconds(1);

    /// <summary>A call without an answer after this time holds nobody up.</summary>
    private static readonly TimeSpan LateAfter = TimeSpan.FromMilliseconds(5);

    private readonly Lock gate = new();
    private List<ReplicaTry> gathered = [];
    private int calls;
    private long calledAt;
    private long usual = long.MaxValue;
    private long service;

    /// <summary>How long a run took there lately, in ticks; 0 before the first answer.</summary>
    public long Service => Volatile.Read(ref service);

    private bool IsQuick => Volatile.Read(ref usual) < Quick.Ticks;

    public void Send(ReplicaTry one)
    {
        if (!IsQuick || one.Sent.Inputs.Bytes > LargestTogether)
        {
            _ = CallAsync(one);
            return;
        }

        List<ReplicaTry> together;
        lock (gate)
        {
            gathered.Add(one);
            if (calls > 0 && gathered.Count < MostTogether && clock.GetElapsedTime(calledAt, one.Began) < LateAfter) return;
            together = Take(one.Began);
        }

        _ = CallAsync(together);
    }

    /// <summary>Sends what gathers behind a call that does not come back.</summary>
    public void Look(long now)
    {
        if (clock.GetElapsedTime(Volatile.Read(ref calledAt), now) < LateAfter) return;
        List<ReplicaTry> together;
        lock (gate)
        {
            if (gathered.Count == 0) return;
            together = Take(now);
        }

        _ = CallAsync(together);
    }

    private List<ReplicaTry> Take(long now)
    {
        var together = gathered;
        gathered = [];
        calls++;
        Volatile.Write(ref calledAt, now);
        return together;
    }

    /// <remarks>Callers go on on the thread that brings the answer; never on the one that sent the request, which may hold a lock.</remarks>
    private async Task CallAsync(ReplicaTry one)
    {
        one.Cancellation = new CancellationTokenSource();
        try
        {
            var call = grain.Infer(one.Sent, one.Cancellation.Token);
            var isHere = !call.IsCompleted;
            var answer = await call.ConfigureAwait(false);
            Learn(answer);
            one.Complete(answer, isHere);
        }
        catch (Exception lost)
        {
            one.Fail(lost.Message);
        }
    }

    private async Task CallAsync(List<ReplicaTry> together)
    {
        together.RemoveAll(static t => t.IsGivenUp);
        SentAnswer[]? answers = null;
        var failure = "";
        var isHere = false;
        if (together.Count > 0)
        {
            var requests = new SentRequest[together.Count];
            var now = clock.GetTimestamp();
            for (var i = 0; i < requests.Length; i++) requests[i] = together[i].SentAfter(clock.GetElapsedTime(together[i].Began, now));
            try
            {
                var call = grain.InferTogether(new SentRequests(requests));
                isHere = !call.IsCompleted;
                answers = (await call.ConfigureAwait(false)).Answers;
            }
            catch (Exception lost)
            {
                failure = lost.Message;
            }
        }

        // One after the other on this thread, unless there is much to write: waking another thread for each would cost more than it does. What
        // these callers ask next gathers meanwhile.
        var bytes = 0L;
        for (var i = 0; i < together.Count; i++)
        {
            if (answers is null)
            {
                together[i].Fail(failure);
                continue;
            }

            Learn(answers[i]);
            bytes += answers[i].Outputs.Bytes;
            together[i].Complete(answers[i], isHere && bytes <= LargestTogether);
        }

        List<ReplicaTry>? next = null;
        lock (gate)
        {
            calls--;
            if (gathered.Count > 0) next = Take(clock.GetTimestamp());
        }

        if (next is not null) _ = CallAsync(next);
    }

    /// <summary>
    /// Means over about the last eight. A request of some milliseconds among quick ones, as a busy machine makes them, does not part the
    /// others; one of tens of milliseconds does.
    /// </summary>
    private void Learn(SentAnswer answer)
    {
        if (answer.Error is not null || answer.IsNotLoaded) return;
        var took = (answer.Queue + answer.Compute).Ticks;
        var before = Volatile.Read(ref usual);
        Volatile.Write(ref usual, before == long.MaxValue ? took : Mean(before, took));
        before = Volatile.Read(ref service);
        Volatile.Write(ref service, before == 0 ? answer.Compute.Ticks : Mean(before, answer.Compute.Ticks));
    }

    private static long Mean(long before, long latest) => before + (latest - before) / 8;
}
