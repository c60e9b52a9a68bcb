using System.Text.Json;

namespace Serving.Models.Tuning;

/// <summary><c>serving.tuning</c>: <c>"auto"</c>, or <c>{"latency_ms": 20}</c> for an objective of one's own.</summary>
/// <param name="Latency">Within which a request is to be answered.</param>
internal sealed record TuningGoal(TimeSpan Latency)
{
    private const double UsualMilliseconds = 50;
    private const double MostMilliseconds = 600_000;

    public static Outcome<TuningGoal> Read(JsonElement section)
    {
        if (section.ValueKind == JsonValueKind.String && section.ValueEquals("auto")) return new TuningGoal(TimeSpan.FromMilliseconds(UsualMilliseconds));
        if (section.ValueKind == JsonValueKind.Object && section.EnumerateObject().ToArray() is [{ Name: "latency_ms", Value: { ValueKind: JsonValueKind.Number } number }]
            && number.GetDouble() is > 0 and <= MostMilliseconds and var milliseconds) return new TuningGoal(TimeSpan.FromMilliseconds(milliseconds));
        return ServingError.Invalid($"'serving.tuning' must be \"auto\" or {{\"latency_ms\": a number above 0 and up to {MostMilliseconds:0}}}");
    }
}
