using System.Text.Json.Serialization;

namespace Serving.Routing.Rollouts;

/// <summary>What a rollout does next.</summary>
public enum RolloutAction
{
    [JsonStringEnumMemberName("hold")]
    Hold,

    /// <summary>The next step's weight; at 100 the rollout is complete.</summary>
    [JsonStringEnumMemberName("promote")]
    Promote,

    /// <summary>All traffic back to the stable version.</summary>
    [JsonStringEnumMemberName("roll_back")]
    RollBack,
}
