using Grains.Inference;
using Serving;
using Serving.Drift.Quality;
using Serving.Inference;
using Serving.Models;

namespace Grains.Replicas;

/// <summary>Runs a request that came from another process, off the grain's own turns.</summary>
internal static class ReplicaRun
{
    /// <summary>Runs requests that travelled together. All are begun before the first is waited for: what cannot run at once meets in the queue.</summary>
    public static async ValueTask<SentAnswers> InferAsync(ServedVersion? served, SentRequests sent, TimeProvider clock)
    {
        var answers = new SentAnswer[sent.Requests.Length];
        if (served is null)
        {
            Array.Fill(answers, SentAnswer.NotLoaded);
            return new SentAnswers(answers);
        }

        var running = new ValueTask<SentAnswer>[answers.Length];
        for (var i = 0; i < running.Length; i++) running[i] = InferAsync(served, sent.Requests[i], clock, CancellationToken.None);
        for (var i = 0; i < running.Length; i++) answers[i] = await running[i].ConfigureAwait(false);
        return new SentAnswers(answers);
    }

    public static async ValueTask<SentAnswer> InferAsync(ServedVersion served, SentRequest sent, TimeProvider clock, CancellationToken cancellationToken)
    {
        var request = new InferenceRequest
        {
            Model = sent.Model, Version = sent.Version, Id = sent.Id, Inputs = sent.Inputs.Tensors, Priority = sent.Priority,
            Timeout = sent.Timeout, Caller = sent.Caller, Outputs = sent.Outputs.Length == 0 ? [] : Array.ConvertAll(sent.Outputs, name => new RequestedOutput(name)),
        };
        using var span = ReplicaSpans.Begin(sent.Trace);
        var route = new RouteDecision(served.Metadata.Version, sent.Variant, sent.Reason, 0);
        if (!served.Check.Check(request, route, clock.GetTimestamp()).TryGetValue(out var pending, out var error))
        {
            served.Loop.CountRefusal();
            return new SentAnswer { Error = SentError.Of(error) };
        }

        if (served.Loop.TryEnqueue(pending, cancellationToken) is not { } answer) return SentAnswer.NotLoaded;
        if (!(await answer.ConfigureAwait(false)).TryGetValue(out var response, out error))
            return new SentAnswer { Error = SentError.Of(error), Waiting = served.Loop.Waiting };
        using (response)
        {
            if (span is not null) ReplicaSpans.Stages(span, response.Timing);
            served.Tap?.Offer(pending, response, clock.GetElapsedTime(pending.Arrived), sent.Draw is { } draw ? new Draw(draw.Rollout, draw.Epoch, draw.Caller) : null);
            return new SentAnswer
            {
                Outputs = SentTensors.Copies(response.Outputs), Queue = response.Timing.Queue, Compute = response.Timing.Compute, Waiting = served.Loop.Waiting,
            };
        }
    }

    /// <summary>Runs a copy of a request that another process has answered.</summary>
    public static Task<SentAnswer> ShadowAsync(ServedVersion served, SentRequest sent, ShadowThread shadows)
    {
        var size = sent.Inputs.Tensors.Sum(input => (long)input.Data.Length);
        if (!shadows.TryReserve(size))
            return Task.FromResult(new SentAnswer { Error = SentError.Of(new ServingError(ErrorCode.Overloaded, "there is no room for a shadow's copy")) });
        var answered = new TaskCompletionSource<SentAnswer>(TaskCreationOptions.RunContinuationsAsynchronously);
        shadows.Post(
            () =>
            {
                using var lease = new TensorLease(TensorPool.Shared);
                if (shadows.Run(served, sent.Inputs.Tensors, sent.Outputs, lease, out var took) is not { } outcome)
                    answered.SetResult(SentAnswer.NotLoaded);
                else if (outcome.TryGetValue(out var outputs, out var error))
                    answered.SetResult(new SentAnswer { Outputs = SentTensors.Copies(outputs), Compute = took });
                else
                    answered.SetResult(new SentAnswer { Error = SentError.Of(error) });
            },
            size);
        return answered.Task;
    }
}
