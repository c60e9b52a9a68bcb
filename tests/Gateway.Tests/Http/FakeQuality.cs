using Serving;
using Serving.Drift;

namespace Gateway.Tests.Http;

/// <summary>The quality of <c>double</c>; no other model is judged.</summary>
internal sealed class FakeQuality : IQualityControl
{
    private static readonly QualityScores Scores = new(10, 0.75, 0.5, null, null, null, null, new ConfusionMatrix(["low", "high"], [[5, 1], [2, 2]]));

    public ValueTask<Outcome<FeedbackReceipt>> PostFeedbackAsync(
        string model, IReadOnlyList<Feedback> truths, CancellationToken cancellationToken) =>
        new(model == "double" ? new FeedbackReceipt(truths.Count, 0, 0, 0, 0) : (Outcome<FeedbackReceipt>)ServingError.ModelNotFound(model));

    public ValueTask<Outcome<QualityReport>> GetQualityAsync(string model, string version, CancellationToken cancellationToken) => new(
        model != "double"
            ? ServingError.ModelNotFound(model)
            : new QualityReport(
                model, version, QualityTask.Classification, Scores, Scores,
                new FeedbackCounts(20, 10, 1, 2, 3, 0.5, TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(90)), 0.25, new DriftMetric(2, Threshold: 1000), null));
}
