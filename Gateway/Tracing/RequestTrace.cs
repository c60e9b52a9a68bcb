using Serving;
using Serving.Inference;

namespace Gateway.Tracing;

/// <summary>When one request passed through the engine.</summary>
/// <param name="Model">The model asked for.</param>
/// <param name="Version">The version that answered; null where none did.</param>
/// <param name="RequestId">The request's id.</param>
/// <param name="Start">Nanoseconds since 1970 at which the engine got it.</param>
/// <param name="End">Nanoseconds since 1970 at which the engine had answered.</param>
/// <param name="Timing">Where the time between went.</param>
/// <param name="Error">Why there is no answer, where there is none.</param>
internal readonly record struct RequestTrace(
    string Model, string? Version, string RequestId, long Start, long End, RequestTiming Timing, ErrorCode? Error);
