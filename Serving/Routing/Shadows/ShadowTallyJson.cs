using System.Text.Json;
using System.Text.Json.Serialization;

namespace Serving.Routing.Shadows;

/// <summary>Tallies as they are stored and sent. Doubles are written so that they are read back to the last bit.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UseStringEnumConverter = true)]
[JsonSerializable(typeof(List<ShadowTally>))]
internal sealed partial class ShadowTallyJson : JsonSerializerContext
{
    public static byte[] Write(List<ShadowTally> tallies) => JsonSerializer.SerializeToUtf8Bytes(tallies, Default.ListShadowTally);

    /// <summary>Reads what <see cref="Write"/> wrote. Throws <see cref="JsonException"/> on anything else.</summary>
    public static List<ShadowTally> Read(ReadOnlySpan<byte> json) =>
        JsonSerializer.Deserialize(json, Default.ListShadowTally) ?? throw new JsonException("The tallies are null.");
}
