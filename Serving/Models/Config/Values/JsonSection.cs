using System.Text.Json;

namespace Serving.Models.Config.Values;

/// <summary>A piece of JSON that belongs to another slice, kept as it was written; compares by its content.</summary>
internal sealed class JsonSection(JsonElement root) : IEquatable<JsonSection>
{
    /// <summary>Detached from the document it was read from, so it lives as long as the configuration does.</summary>
    public JsonElement Root { get; } = root.Clone();

    public bool Equals(JsonSection? other) => other is not null && JsonElement.DeepEquals(Root, other.Root);

    public override bool Equals(object? obj) => Equals(obj as JsonSection);

    // Equal content may be spelled in different orders and notations; the kind of value is all that surely agrees.
    public override int GetHashCode() => (int)Root.ValueKind;

    public override string ToString() => Root.GetRawText();
}
