using Grains.Hosting;
using Grains.Inference;
using Grains.Models;
using Grains.Routing;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;
using Serving;
using Serving.Drift.Quality;
using Serving.Inference;
using Serving.Telemetry;

namespace Grains.Requests;

/// <summary>
/// Takes a request to a replica in another process, and to the next one when that fails.
/// </summary>
/// <remarks>
/// <para>Repeating is safe because inference changes nothing. A try that fails, is refused for want of room, or finds nothing loaded
/// goes on to the next replica at once. A try without an answer is left running while its silo is asked whether it lives (<see
/// cref="SiloLink.IsSilent"/>): a silo that answers has a slow model, and the caller waits; a silent one is ejected, and the next
/// replica is tried beside it. The first answer wins.</para>
/// <para>Everything ends with the caller's deadline, which the answer then says; without one with the server's, and the answer says what was
/// waited for. Tries beyond the first are paid for from one <see cref="RetryBudget"/>.</para>
/// <para>A version that holds no memory anywhere is woken by its model's grain, once for all who wait.</para>
/// </remarks>
internal sealed class RemoteRequests(RouteFeed feed, IGrainFactory grains, SiloServingOptions options, TimeProvider clock, ILogger<RemoteRequests> log)
{
    /// <summary>Between two rounds over all replicas, when all failed.</summary>
    private static readonly TimeSpan RoundPause = TimeSpan.FromMilliseconds(50);

    private readonly RetryBudget budget = new(percent: 20, burst: 200);
    private readonly RequestWatch watch = new(clock);

    public async ValueTask<Outcome<InferenceResponse>> InferAsync(
        InferenceRequest given, RouteDecision route, Draw? draw, CancellationToken cancellationToken)
    {
        budget.Earn();
        var request = new RemoteRequest(given, route, draw, clock.GetTimestamp(), cancellationToken);
        using var gone = cancellationToken.UnsafeRegister(static request => ((RemoteRequest)request!).Wake(here: false), request);
        var limit = given.Timeout is { } own && own < options.RequestTimeout ? own : options.RequestTimeout;
        var deadline = request.Began + (long)(limit.TotalSeconds * clock.TimestampFrequency);
        watch.Add(request);
        try
        {
            ServingError? last = null;
            while (true)
            {
                if (Ended(request) is { } over)
                {
                    var (outcome, isFinal) = Read(over, request);
                    if (isFinal) return outcome;
                    last = outcome.Error;
                    continue;
                }

                cancellationToken.ThrowIfCancellationRequested();
                var left = clock.GetElapsedTime(clock.GetTimestamp(), deadline);
                if (left <= TimeSpan.Zero) return last is null || limit == given.Timeout ? TooLate(request, last) : last;
                if (!feed.Table.Find(given.Model).TryGetValue(out var model, out var error)) return error;
                if (model.Find(route.Version) is not { } version) return ServingError.NotReady(given.Model, route.Version, "it is being unloaded");
                request.WakeAt = deadline;
                if (HasHope(request)) await request.WokenAsync().ConfigureAwait(false);
                else if (NextReplica(version, request.Tries) is { } replica) Send(replica, request, left);
                else
                {
                    // Every replica has refused, failed or fallen silent.
                    if (last is { Code: ErrorCode.Overloaded }) return last;
                    last = await NewRoundAsync(version, request, last, left).ConfigureAwait(false);
                    request.Tries.RemoveAll(static t => t.IsOver);
                }
            }
        }
        finally
        {
            watch.Remove(request);
            request.End();
        }
    }

    /// <summary>A try that has ended and was not looked at yet.</summary>
    private static ReplicaTry? Ended(RemoteRequest request)
    {
        foreach (var one in request.Tries)
        {
            if (one.IsOver || !one.HasEnded) continue;
            one.IsOver = true;
            one.Replica.Silo.Ended();
            if (ReferenceEquals(request.Newest, one)) request.Newest = request.Tries.FindLast(static t => !t.IsOver);
            return one;
        }

        return null;
    }

    /// <summary>Whether a try is under way at a silo that is not known to be silent.</summary>
    private bool HasHope(RemoteRequest request)
    {
        foreach (var one in request.Tries)
            if (!one.IsOver && !one.Replica.Silo.IsSilent(one.Began, clock.GetTimestamp())) return true;
        return false;
    }

    /// <summary>The replica to try now, or null: the first is free, others are paid for.</summary>
    private ReplicaLink? NextReplica(ClusterVersion version, List<ReplicaTry> tries)
    {
        var next = ReplicaChoice.Next(version.Replicas, tries, Randomness.Next());
        return next is null || tries.Count == 0 || budget.TrySpend() ? next : null;
    }

    private void Send(ReplicaLink replica, RemoteRequest request, TimeSpan left)
    {
        var sent = new SentRequest
        {
            Model = request.Request.Model, Version = request.Route.Version, Id = request.Request.Id, Inputs = request.Inputs, Outputs = request.Outputs,
            Priority = request.Request.Priority, Timeout = request.Request.Timeout is null ? null : left, Caller = request.Request.Caller,
            Draw = request.Draw, Trace = ServingTraces.Current?.Id, Variant = request.Route.Variant, Reason = request.Route.Reason,
        };
        var one = new ReplicaTry(request, replica, sent, clock.GetTimestamp());
        request.Tries.Add(one);
        request.Newest = one;
        replica.Silo.Sent();
        replica.Lane.Send(one);
    }

    /// <summary>What an ended try means, and whether it settles the request.</summary>
    private (Outcome<InferenceResponse> Outcome, bool IsFinal) Read(ReplicaTry over, RemoteRequest request)
    {
        var model = request.Request.Model;
        if (over.Answer is not { } answer)
        {
            ClusterLog.TryFailed(log, model, request.Route.Version, over.Replica.Silo.Silo, over.Failure!);
            over.Replica.Silo.Eject(over.Replica.Grain);
            return (ServingError.NotReady(model, request.Route.Version, "the silo that holds it does not answer"), false);
        }

        over.Replica.Silo.Heard(answer.Waiting);
        if (answer.IsNotLoaded) return (ServingError.NotReady(model, request.Route.Version, "it is being loaded elsewhere"), false);
        if (answer.Error is { } error) return (error.ToError(), error.Code != ErrorCode.Overloaded);
        return (new InferenceResponse
        {
            Model = model, Version = request.Route.Version, Id = request.Request.Id, Outputs = answer.Outputs.Tensors, Route = request.Route,
            Timing = new RequestTiming(answer.Queue, answer.Compute),
        }, true);
    }

    /// <summary>Before all replicas are tried again: wakes the version where none holds it, else waits a moment.</summary>
    private async Task<ServingError?> NewRoundAsync(ClusterVersion version, RemoteRequest request, ServingError? last, TimeSpan left)
    {
        if (version.Replicas.Length > 0)
        {
            request.WakeAt = Math.Min(request.WakeAt, clock.GetTimestamp() + (long)(RoundPause.TotalSeconds * clock.TimestampFrequency));
            await request.WokenAsync().ConfigureAwait(false);
            return last;
        }

        try
        {
            var description = version.Row.Description;
            var change = feed.NextChange;
            var failed = await grains.GetGrain<IModelGrain>(description.Model).Awaken(description.Version)
                .WaitAsync(left, clock, request.Token).ConfigureAwait(false);
            var pause = Task.Delay(left < RoundPause ? left : RoundPause, clock, request.Token);
            await Task.WhenAny(pause, failed is null ? change : pause).ConfigureAwait(false);
            return failed?.ToError();
        }
        catch (Exception lost) when (ClusterFault.Is(lost))
        {
            return ServingError.NotReady(version.Row.Description.Model, version.Row.Description.Version, "it is loading");
        }
    }

    private ServingError TooLate(RemoteRequest request, ServingError? last)
    {
        var late = $"model '{request.Request.Model}': no replica answered within the request's {clock.GetElapsedTime(request.Began).TotalMilliseconds:F0} ms";
        return new ServingError(ErrorCode.DeadlineExceeded, last is null ? late : $"{late}; {last.Message}");
    }
}
