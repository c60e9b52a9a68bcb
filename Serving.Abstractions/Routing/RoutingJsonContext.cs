using System.Text.Json.Serialization;
using Serving.Routing.Rollouts;
using Serving.Routing.Shadows;

namespace Serving.Routing;

/// <summary>How the answers of routing are written: snake_case, enumerations by name.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.Never)]
[JsonSerializable(typeof(RolloutStatus))]
[JsonSerializable(typeof(ShadowReport))]
internal sealed partial class RoutingJsonContext : JsonSerializerContext;
