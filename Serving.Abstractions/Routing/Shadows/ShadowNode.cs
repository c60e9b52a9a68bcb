using System.Text.Json.Serialization;

namespace Serving.Routing.Shadows;

/// <summary>One of several processes that send copies to shadows.</summary>
/// <param name="Node">Its name.</param>
/// <param name="CountedUntil">What it did up to this moment is counted; of one that is gone, nothing after.</param>
/// <param name="IsSilent">It has not been heard of for some seconds: it hangs, is cut off, or is gone.</param>
public sealed record ShadowNode(string Node, DateTimeOffset CountedUntil, [property: JsonPropertyName("silent")] bool IsSilent);
