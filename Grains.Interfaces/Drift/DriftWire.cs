using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Grains.Inference;
using Grains.Routing;
using Orleans.Runtime;
using Serving;
using Serving.Drift;

namespace Grains.Drift;

/// <summary>What is known of drift as it travels: as JSON, so that its form may grow without a new wire form.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UseStringEnumConverter = true, NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(BaselineStatus))]
[JsonSerializable(typeof(DriftReport))]
[JsonSerializable(typeof(List<DriftAlert>))]
[JsonSerializable(typeof(IReadOnlyList<Feedback>))]
[JsonSerializable(typeof(FeedbackReceipt))]
[JsonSerializable(typeof(QualityReport))]
internal sealed partial class DriftWire : JsonSerializerContext
{
    public static SentDocument Write<T>(T value, JsonTypeInfo<T> type) => new() { Json = new Blob(JsonSerializer.SerializeToUtf8Bytes(value, type)) };

    public static SentDocument Write(ServingError error) => new() { Error = SentError.Of(error) };

    /// <summary>Awaits a grain's answer and reads it; a grain that does not answer is an error like others.</summary>
    public static async ValueTask<Outcome<T>> ReadAsync<T>(Task<SentDocument> answer, Func<SentDocument, Outcome<T>> read, CancellationToken cancellationToken)
    {
        try
        {
            return read(await answer.WaitAsync(cancellationToken).ConfigureAwait(false));
        }
        catch (Exception lost) when (ClusterFault.Is(lost))
        {
            return ClusterFault.ToError(lost);
        }
    }

    public static Outcome<T> Read<T>(SentDocument sent, JsonTypeInfo<T> type) =>
        sent.Error is { } error ? error.ToError() : JsonSerializer.Deserialize(sent.Json!.Bytes.Span, type)!;
}
