using System.Text.Json;
using Serving.Documents;

namespace Serving.Routing.Rollouts;

/// <summary>A rollout's documents as JSON: what is asked for, read strictly, and how it stands, written.</summary>
public static class RolloutJson
{
    /// <summary>Reads what is asked for. Unknown fields and guards are refused by name, all faults come in one error.</summary>
    public static Outcome<RolloutSpec> Read(ReadOnlyMemory<byte> json) => Read(json, to: null);

    /// <summary>Reads the settings for automatic rollouts, which do not name the version: it is the one that arrives.</summary>
    public static Outcome<RolloutSpec> ReadAutomatic(ReadOnlyMemory<byte> json, string to) => Read(json, to);

    /// <summary>Writes how a rollout stands.</summary>
    public static void Write(Utf8JsonWriter json, RolloutStatus status) =>
        JsonSerializer.Serialize(json, status, RoutingJsonContext.Default.RolloutStatus);

    private static Outcome<RolloutSpec> Read(ReadOnlyMemory<byte> json, string? to)
    {
        var faults = new DocumentFaults();
        var fields = DocumentFields.Parse(json, RolloutLimits.MaxBytes, faults);
        if (faults.Any) return faults.ToError();

        var spec = new RolloutSpec { To = to ?? ReadTo(fields, faults) };
        spec = spec with
        {
            Steps = ReadSteps(fields, faults) ?? spec.Steps,
            StepSeconds = (int?)fields.Integer("step_seconds", 0, RolloutLimits.MaxStepSeconds) ?? spec.StepSeconds,
            StepRequests = (int?)fields.Integer("step_requests", 1, RolloutLimits.MaxStepRequests) ?? spec.StepRequests,
            Alpha = fields.Number("alpha", 0, RolloutLimits.MaxAlpha, aboveMin: true) ?? spec.Alpha,
            Guards = fields.Object("guards") is { } guards ? ReadGuards(guards, faults) : RolloutGuards.Default,
        };
        fields.RefuseOthers();
        return faults.Any ? faults.ToError() : spec;
    }

    private static string ReadTo(DocumentFields fields, DocumentFaults faults)
    {
        var version = fields.String("to", TrafficLimits.MaxNameLength, required: true);
        if (version is not null && !TrafficRules.IsVersion(version)) faults.Add($"to '{version}' is not a version's number");
        return version ?? "";
    }

    private static List<int>? ReadSteps(DocumentFields fields, DocumentFaults faults)
    {
        if (!fields.Has("steps")) return null;
        var steps = new List<int>();
        foreach (var (item, path) in fields.Array("steps", RolloutLimits.MaxSteps))
        {
            if (item.ValueKind != JsonValueKind.Number || !item.TryGetInt32(out var step) || step is < 1 or > 100)
            {
                faults.Add($"{path} must be a whole number of percent from 1 to 100");
                return null;
            }

            if (steps.Count > 0 && step <= steps[^1]) faults.Add($"{path} must be above the step before it");
            steps.Add(step);
        }

        if (steps is not [.., _, 100])
        {
            faults.Add("steps must end with 100 and have at least one step before it, at which the versions are compared");
        }

        return steps;
    }

    private static RolloutGuards ReadGuards(DocumentFields fields, DocumentFaults faults)
    {
        var guards = new RolloutGuards { ErrorRate = ReadErrorRate(fields), Latency = ReadLatency(fields, faults), Drift = ReadDrift(fields, faults), Quality = ReadQuality(fields) };
        fields.RefuseOthers();
        if (guards is { ErrorRate: null, Latency: null, Drift: false, Quality: null })
        {
            faults.Add("guards must have error_rate, latency, drift or quality: without a guard nothing is compared");
        }

        return guards;
    }

    private static ErrorRateGuardSpec? ReadErrorRate(DocumentFields guards)
    {
        if (guards.Object("error_rate") is not { } fields) return null;
        var increase = fields.Number("max_increase", 0, RolloutLimits.MaxIncrease) ?? 0;
        fields.RefuseOthers();
        return new ErrorRateGuardSpec(increase);
    }

    private static bool ReadDrift(DocumentFields guards, DocumentFaults faults)
    {
        if (guards.Take("drift") is not { } drift) return false;
        if (drift.ValueKind is not (JsonValueKind.True or JsonValueKind.False)) faults.Add($"{guards.PathOf("drift")} must be true or false");
        return drift.ValueKind == JsonValueKind.True;
    }

    private static QualityGuardSpec? ReadQuality(DocumentFields guards)
    {
        if (guards.Object("quality") is not { } fields) return null;
        var decrease = fields.Number("max_decrease", 0, RolloutLimits.MaxIncrease) ?? 0;
        fields.RefuseOthers();
        return new QualityGuardSpec(decrease);
    }

    private static LatencyGuardSpec? ReadLatency(DocumentFields guards, DocumentFaults faults)
    {
        if (guards.Object("latency") is not { } fields) return null;
        var budget = fields.Number("budget_ms", 0, RolloutLimits.MaxBudgetMs, aboveMin: true);
        var increase = fields.Number("max_increase", 0, RolloutLimits.MaxIncrease);
        fields.RefuseOthers();
        if (increase is not null && !fields.Has("budget_ms"))
        {
            var path = guards.PathOf("latency");
            faults.Add($"{path}.max_increase needs budget_ms: it is the share of answers over the budget that may increase");
        }

        return new LatencyGuardSpec(budget, increase ?? 0);
    }
}
