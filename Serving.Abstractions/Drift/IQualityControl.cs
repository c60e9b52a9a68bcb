namespace Serving.Drift;

/// <summary>The truth that comes back, and how right models are by it.</summary>
public interface IQualityControl
{
    /// <summary>
    /// Takes truths about answers of any of the model's versions, in any order, late or repeated.
    /// <see cref="ErrorCode.InvalidRequest"/> when the model gives no answer that a truth could be compared with.
    /// </summary>
    ValueTask<Outcome<FeedbackReceipt>> PostFeedbackAsync(string model, IReadOnlyList<Feedback> truths, CancellationToken cancellationToken);

    /// <summary>How right a version is, by number or label. <see cref="ErrorCode.NotFound"/> when its answers are not judged.</summary>
    ValueTask<Outcome<QualityReport>> GetQualityAsync(string model, string version, CancellationToken cancellationToken);
}
