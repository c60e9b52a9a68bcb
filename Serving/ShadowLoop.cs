using Serving.Batching;
using Serving.Inference;
using Serving.Models;
using Serving.Routing.Shadows;

namespace Serving;

/// <summary>Gives shadows copies of answered requests and compares, in one process. What does not fit is dropped and counted.</summary>
internal sealed class ShadowLoop(ShadowThread thread) : IDisposable
{
    private readonly ShadowComparisons comparisons = new();

    /// <summary>
    /// Offers an answered request to the model's shadows. Copies what it takes; returns without waiting for anything.
    /// </summary>
    public void Offer(ServedModel model, PendingInference pending, InferenceResponse answer)
    {
        foreach (var target in model.Routes.Shadows)
        {
            if (target.Takes(answer.Version, Randomness.Next()))
                thread.Offer(model.Find(target.Version)!, comparisons.Of(model.Name, target), pending.Inputs, answer);
        }
    }

    /// <summary>How the model's present shadows compare.</summary>
    public List<ShadowReport> Read(ServedModel model)
    {
        var reports = new List<ShadowReport>();
        foreach (var target in model.Routes.Shadows)
        {
            var comparison = comparisons.Of(model.Name, target);
            lock (comparison) reports.Add(comparison.Report(target.Percent));
        }

        return reports;
    }

    public void Dispose() => thread.Dispose();
}
