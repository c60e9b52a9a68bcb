using System.Text.Json.Serialization;

namespace Serving.Routing.Rollouts;

/// <summary>Where a rollout stands.</summary>
public enum RolloutPhase
{
    [JsonStringEnumMemberName("running")]
    Running,

    /// <summary>The new version has all the traffic and is the stable one now.</summary>
    [JsonStringEnumMemberName("completed")]
    Completed,

    /// <summary>The version it started from has all the traffic again.</summary>
    [JsonStringEnumMemberName("rolled_back")]
    RolledBack,
}
