using Serving.Models.Config.Values;

namespace Serving.Models.Config;

/// <summary>
/// What Triton has no field for: the <c>serving</c> object of <c>model.json</c>. Each part is read and checked by the slice
/// it belongs to.
/// </summary>
internal sealed record ServingSection
{
    public JsonSection? Drift { get; init; }

    public JsonSection? Quality { get; init; }

    public JsonSection? Replicas { get; init; }

    public JsonSection? Rollout { get; init; }

    public JsonSection? Tuning { get; init; }
}
