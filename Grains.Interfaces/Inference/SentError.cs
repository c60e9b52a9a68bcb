using Serving;

namespace Grains.Inference;

/// <summary>A <see cref="ServingError"/> on its way to another process.</summary>
[GenerateSerializer, Immutable, Alias("serving.error")]
public sealed class SentError
{
    [Id(0)]
    public required ErrorCode Code { get; init; }

    [Id(1)]
    public required string Message { get; init; }

    [Id(2)]
    public TimeSpan? RetryAfter { get; init; }

    public static SentError Of(ServingError error) => new() { Code = error.Code, Message = error.Message, RetryAfter = error.RetryAfter };

    public ServingError ToError() => new(Code, Message, RetryAfter);
}
