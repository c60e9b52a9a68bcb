using Grains.Hosting;
using Grains.Inference;
using Grains.Models;
using Grains.Routing;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;
using Serving;
using Serving.Inference;

namespace Grains.Requests;

/// <summary>
/// Takes a request to a replica in another process, and to the next one when that fails.
/// </summary>
/// <remarks>
/// <para>Repeating is safe because inference changes nothing. A try that fails, is refused for want of room, or finds nothing loaded
/// goes on to the next replica at once. A try without an answer is left running while its silo is asked whether it lives: a silo
/// that answers has a slow model, and the caller waits; a silent one becomes suspect, and the next replica is tried beside it. The
/// first answer wins.</para>
/// <para>Everything ends with the caller's deadline. Tries beyond the first are paid for from one <see cref="RetryBudget"/>.</para>
/// <para>A version that holds no memory anywhere is woken by its model's grain, once for all who wait.</para>
/// </remarks>
internal sealed class RemoteRequests(RouteFeed feed, IGrainFactory grains, SiloServingOptions options, TimeProvider clock, ILogger<RemoteRequests> log)
{
    /// <summary>Silence after which a silo is asked whether it lives.</summary>
    private static readonly TimeSpan AskAfter = TimeSpan.FromMilliseconds(200);

    /// <summary>Silence after that, and it is suspect.</summary>
    private static readonly TimeSpan SuspectAfter = TimeSpan.FromMilliseconds(200);

    /// <summary>Between two rounds over all replicas, when all failed.</summary>
    private static readonly TimeSpan RoundPause = TimeSpan.FromMilliseconds(50);

    private readonly RetryBudget budget = new(percent: 20, burst: 200);

    public async ValueTask<Outcome<InferenceResponse>> InferAsync(
        InferenceRequest request, RouteDecision route, CancellationToken cancellationToken)
    {
        budget.Earn();
        var began = clock.GetTimestamp();
        using var lease = new TensorLease(TensorPool.Shared);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var inputs = SentTensors.Copies(request.Inputs, lease);
        var tries = new List<ReplicaTry>(2);
        try
        {
            return await RunAsync(request, route, inputs, tries, began, end.Token).ConfigureAwait(false);
        }
        finally
        {
            await GiveUpAsync(tries, lease, end).ConfigureAwait(false);
        }
    }

    /// <summary>Ends what is under way beside the answer that was given: mostly nothing.</summary>
    private static ValueTask GiveUpAsync(List<ReplicaTry> tries, TensorLease lease, CancellationTokenSource end)
    {
        var underWay = false;
        foreach (var one in tries)
        {
            if (one.IsOver) continue;
            one.Replica.Silo.Ended();
            underWay |= !one.Answer.IsCompleted;
        }

        if (!underWay) return default;

        // What is still on its way may still be read by whoever sends it: that memory is not reused.
        lease.Abandon();
        return new ValueTask(end.CancelAsync());
    }

    private async Task<Outcome<InferenceResponse>> RunAsync(
        InferenceRequest request, RouteDecision route, SentTensors inputs, List<ReplicaTry> tries, long began, CancellationToken token)
    {
        var limit = request.Timeout is { } own && own < options.RequestTimeout ? own : options.RequestTimeout;
        ServingError? last = null;
        while (true)
        {
            token.ThrowIfCancellationRequested();
            var left = limit - clock.GetElapsedTime(began);
            if (left <= TimeSpan.Zero) return last ?? TooLate(request, began);
            if (!feed.Table.Find(request.Model).TryGetValue(out var model, out var error)) return error;
            if (model.Find(route.Version) is not { } version) return ServingError.NotReady(request.Model, route.Version, "it is being unloaded");

            if (tries.Find(t => !t.IsOver && t.Answer.IsCompleted) is { } over)
            {
                over.IsOver = true;
                over.Replica.Silo.Ended();
                var (outcome, isFinal) = Read(over, request, route);
                if (isFinal) return outcome;
                last = outcome.Error;
                continue;
            }

            if (NextReplica(version, tries) is { } replica) tries.Add(Send(replica, request, route, inputs, left, token));
            else if (!tries.Exists(t => !t.IsOver && !t.Replica.Silo.IsSuspect))
            {
                // Every replica has refused, failed or fallen silent.
                if (last is { Code: ErrorCode.Overloaded }) return last;
                last = await NewRoundAsync(version, tries, last, left, token).ConfigureAwait(false);
                tries.RemoveAll(t => t.IsOver);
                continue;
            }

            await WatchAsync(tries, left, token).ConfigureAwait(false);
        }
    }

    /// <summary>The replica to try now, or null: the first is free, others are paid for.</summary>
    private ReplicaLink? NextReplica(ClusterVersion version, List<ReplicaTry> tries)
    {
        var next = ReplicaChoice.Next(version.Replicas, tries, Randomness.Next());
        return next is null || tries.Count == 0 || budget.TrySpend() ? next : null;
    }

    private ReplicaTry Send(
        ReplicaLink replica, InferenceRequest request, RouteDecision route, SentTensors inputs, TimeSpan left, CancellationToken token)
    {
        var sent = new SentRequest
        {
            Model = request.Model, Version = route.Version, Id = request.Id, Inputs = inputs, Priority = request.Priority,
            Timeout = request.Timeout is null ? null : left, Caller = request.Caller,
            Outputs = request.Outputs.Count == 0 ? [] : [.. request.Outputs.Select(o => o.Name)],
        };
        replica.Silo.Sent();
        return new ReplicaTry(replica, replica.Grain.Infer(sent, token), clock.GetTimestamp());
    }

    /// <summary>Waits until a try ends, or the silo of the newest one is silent and another replica should be tried.</summary>
    private async Task WatchAsync(List<ReplicaTry> tries, TimeSpan left, CancellationToken token)
    {
        var newest = tries.FindLast(t => !t.IsOver)!;
        while (true)
        {
            var looked = clock.GetTimestamp();
            if (await EndsWithinAsync(tries, Min(AskAfter, left), token).ConfigureAwait(false) || left <= AskAfter) return;
            left -= AskAfter;
            if (newest.Replica.Silo.HeardAt >= looked && !newest.Replica.Silo.IsSuspect) continue;
            var asked = clock.GetTimestamp();
            _ = newest.Replica.Silo.ProbeAsync(newest.Replica.Grain);
            if (await EndsWithinAsync(tries, Min(SuspectAfter, left), token).ConfigureAwait(false) || left <= SuspectAfter) return;
            left -= SuspectAfter;
            if (newest.Replica.Silo.HeardAt >= asked) continue;
            newest.Replica.Silo.Suspect(newest.Replica.Grain);
            return;
        }
    }

    private async Task<bool> EndsWithinAsync(List<ReplicaTry> tries, TimeSpan time, CancellationToken token)
    {
        var open = tries.Where(t => !t.IsOver).ToArray();
        var any = open.Length == 1 ? open[0].Answer : (Task)Task.WhenAny(open.Select(t => t.Answer));
        try
        {
            await any.WaitAsync(time, clock, token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        catch (TimeoutException)
        {
            return false;
        }

        token.ThrowIfCancellationRequested();
        return Array.Exists(open, t => t.Answer.IsCompleted);
    }

    /// <summary>What an ended try means, and whether it settles the request.</summary>
    private (Outcome<InferenceResponse> Outcome, bool IsFinal) Read(ReplicaTry over, InferenceRequest request, in RouteDecision route)
    {
        if (!over.Answer.IsCompletedSuccessfully)
        {
            var reason = over.Answer.Exception?.InnerException?.Message ?? "the call was cancelled";
            ClusterLog.TryFailed(log, request.Model, route.Version, over.Replica.Silo.Silo, reason);
            over.Replica.Silo.Suspect(over.Replica.Grain);
            return (ServingError.NotReady(request.Model, route.Version, "the silo that holds it does not answer"), false);
        }

        var answer = over.Answer.Result;
        over.Replica.Silo.Heard(answer.Waiting);
        if (answer.IsNotLoaded) return (ServingError.NotReady(request.Model, route.Version, "it is being loaded elsewhere"), false);
        if (answer.Error is { } error) return (error.ToError(), error.Code != ErrorCode.Overloaded);
        return (new InferenceResponse
        {
            Model = request.Model, Version = route.Version, Id = request.Id, Outputs = answer.Outputs.Tensors, Route = route,
            Timing = new RequestTiming(answer.Queue, answer.Compute),
        }, true);
    }

    /// <summary>Before all replicas are tried again: wakes the version where none holds it, else waits a moment.</summary>
    private async Task<ServingError?> NewRoundAsync(
        ClusterVersion version, List<ReplicaTry> tries, ServingError? last, TimeSpan left, CancellationToken token)
    {
        if (version.Replicas.Length > 0)
        {
            var pause = Task.Delay(Min(RoundPause, left), clock, token);
            await Task.WhenAny([feed.NextChange, pause, .. tries.Where(t => !t.IsOver).Select(t => t.Answer)]).ConfigureAwait(false);
            return last;
        }

        try
        {
            var description = version.Row.Description;
            var change = feed.NextChange;
            var failed = await grains.GetGrain<IModelGrain>(description.Model).Awaken(description.Version)
                .WaitAsync(left, clock, token).ConfigureAwait(false);
            if (failed is null) await Task.WhenAny(change, Task.Delay(Min(RoundPause, left), clock, token)).ConfigureAwait(false);
            else await Task.Delay(Min(RoundPause, left), clock, token).ConfigureAwait(false);
            return failed?.ToError();
        }
        catch (Exception lost) when (lost is OrleansException or TimeoutException)
        {
            return ServingError.NotReady(version.Row.Description.Model, version.Row.Description.Version, "it is loading");
        }
    }

    private ServingError TooLate(InferenceRequest request, long began) => new(
        ErrorCode.DeadlineExceeded,
        $"model '{request.Model}': no replica answered within the request's {clock.GetElapsedTime(began).TotalMilliseconds:F0} ms");

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
