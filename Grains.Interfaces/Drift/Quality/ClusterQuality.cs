using System.Text.Json;
using Serving;
using Serving.Drift;

namespace Grains.Drift.Quality;

/// <summary>Hands truths and questions about quality to the models' grains.</summary>
/// <param name="refusal">Why nothing can be asked about a model, or null: most often, that there is none of that name.</param>
/// <param name="resolve">The number that a model's version, by number or label, stands for.</param>
/// <param name="grains">The cluster.</param>
internal sealed class ClusterQuality(Func<string, ServingError?> refusal, Func<string, string, Outcome<string>> resolve, IGrainFactory grains) : IQualityControl
{
    public ValueTask<Outcome<FeedbackReceipt>> PostFeedbackAsync(string model, IReadOnlyList<Feedback> truths, CancellationToken cancellationToken)
    {
        if (refusal(model) is { } refused) return new(refused);
        var sent = new Blob(JsonSerializer.SerializeToUtf8Bytes(truths, DriftWire.Default.IReadOnlyListFeedback));
        return DriftWire.ReadAsync(
            grains.GetGrain<IQualityGrain>(model).Post(sent), static answer => DriftWire.Read(answer, DriftWire.Default.FeedbackReceipt), cancellationToken);
    }

    public ValueTask<Outcome<QualityReport>> GetQualityAsync(string model, string version, CancellationToken cancellationToken) =>
        resolve(model, version).TryGetValue(out var number, out var error)
            ? DriftWire.ReadAsync(
                grains.GetGrain<IQualityGrain>(model).GetReport(number), static answer => DriftWire.Read(answer, DriftWire.Default.QualityReport), cancellationToken)
            : new(error);
}
