using Serving;
using Serving.Drift;

namespace Grains.Requests;

/// <summary>The cluster does not judge by feedback: every question is answered by saying so.</summary>
internal sealed class UnwatchedQuality : IQualityControl
{
    private static readonly ServingError Unsupported = new(ErrorCode.Unsupported, "feedback is not taken in a cluster; the standalone edition does");

    public ValueTask<Outcome<FeedbackReceipt>> PostFeedbackAsync(
        string model, IReadOnlyList<Feedback> truths, CancellationToken cancellationToken) => new(Unsupported);

    public ValueTask<Outcome<QualityReport>> GetQualityAsync(string model, string version, CancellationToken cancellationToken) => new(Unsupported);
}
