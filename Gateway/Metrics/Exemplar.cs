using System.Diagnostics;

namespace Gateway.Metrics;

/// <summary>One measured value and the trace it was measured in: what links a bucket to an example.</summary>
internal sealed record Exemplar(double Value, ActivityTraceId Trace, ActivitySpanId Span, DateTimeOffset At);
