using System.Text.Json.Serialization;

namespace Serving.Routing.Shadows;

/// <summary>How two answers' output can agree.</summary>
public enum OutputKind
{
    /// <summary>Texts, whole numbers or truth values: equal or not.</summary>
    [JsonStringEnumMemberName("label")]
    Label,

    /// <summary>Two or more floating-point numbers per instance: the largest is at the same place or not.</summary>
    [JsonStringEnumMemberName("scores")]
    Scores,

    /// <summary>One floating-point number per instance: only a difference, no agreement.</summary>
    [JsonStringEnumMemberName("value")]
    Value,
}
