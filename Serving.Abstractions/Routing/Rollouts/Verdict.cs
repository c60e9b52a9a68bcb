using System.Text.Json.Serialization;

namespace Serving.Routing.Rollouts;

/// <summary>What a guard says. A rollout goes on only while all are clear, and goes back at the first harm.</summary>
public enum Verdict
{
    /// <summary>Nothing speaks against the new version.</summary>
    [JsonStringEnumMemberName("clear")]
    Clear,

    /// <summary>Not shown, but suspected, or not yet to be judged: the rollout waits.</summary>
    [JsonStringEnumMemberName("doubt")]
    Doubt,

    /// <summary>Harm above the tolerance is shown at the rollout's level.</summary>
    [JsonStringEnumMemberName("harm")]
    Harm,
}
