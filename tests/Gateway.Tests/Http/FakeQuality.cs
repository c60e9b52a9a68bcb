using Serving;
using Serving.Drift;

namespace Gateway.Tests.Http;

/// <summary>A quality control that has no model.</summary>
internal sealed class FakeQuality : IQualityControl
{
    public ValueTask<Outcome<FeedbackReceipt>> PostFeedbackAsync(
        string model, IReadOnlyList<Feedback> truths, CancellationToken cancellationToken) => new(ServingError.ModelNotFound(model));

    public ValueTask<Outcome<QualityReport>> GetQualityAsync(string model, string version, CancellationToken cancellationToken) => new(ServingError.ModelNotFound(model));
}
