using Serving.Batching;
using Serving.Inference;

namespace Serving.Models.Tuning;

/// <summary>Asks for one row of zeros, again and again, and notes when it was answered.</summary>
internal sealed class TrialCaller(BatchLoop loop, ModelMetadata metadata, TimeProvider clock)
{
    private static readonly RouteDecision Route = new("1", null, RouteReason.Only, 0);

    /// <summary>When it was answered, and how long that took, as timestamps.</summary>
    public List<(long At, long Took)> Answers { get; } = [];

    /// <summary>Why it was not answered; null when it always was.</summary>
    public ServingError? Error { get; private set; }

    /// <summary>Calls until that time, and until it has so many answers; or until it is stopped.</summary>
    public async Task CallAsync(long end, int leastAnswers, CancellationToken stop)
    {
        var check = new RequestCheck(metadata);
        var inputs = WarmUp.Zeros(metadata)!;
        while (Error is null && !stop.IsCancellationRequested && (Answers.Count < leastAnswers || clock.GetTimestamp() < end))
        {
            // Quick runs may take place on the caller's thread: without this the others would wait until this one has called enough.
            await Task.Yield();
            var arrived = clock.GetTimestamp();
            if (check.Check(new InferenceRequest { Model = metadata.Name, Id = "tuning", Inputs = inputs }, Route, arrived).TryGetValue(out var request, out var error)
                && (await loop.TryEnqueue(request, CancellationToken.None)!.Value.ConfigureAwait(false)).TryGetValue(out var answer, out error))
            {
                answer.Dispose();
                Answers.Add((clock.GetTimestamp(), clock.GetTimestamp() - arrived));
            }

            Error = error;
        }
    }
}
