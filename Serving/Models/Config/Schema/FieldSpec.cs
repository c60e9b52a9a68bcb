namespace Serving.Models.Config.Schema;

/// <summary>One field of a message: its name as the proto spells it, and what its values are.</summary>
internal sealed record FieldSpec(string Name, FieldKind Kind)
{
    /// <summary>The name as protobuf's JSON form spells it; the other spelling is accepted there too.</summary>
    public string JsonName { get; } = CamelCase(Name);

    public bool Repeated { get; init; }

    /// <summary>For a map the kind of its keys; <see cref="Kind"/> is then the kind of its values.</summary>
    public FieldKind? Key { get; init; }

    public MessageSpec? Message { get; init; }

    public EnumSpec? Enum { get; init; }

    /// <summary>Of the fields with the same choice only one may be set.</summary>
    public string? Choice { get; init; }

    public FieldEffect Effect { get; init; }

    /// <summary>Why it is ignored or refused.</summary>
    public string Reason { get; init; } = "";

    private static string CamelCase(string name)
    {
        var parts = name.Split('_');
        for (var i = 1; i < parts.Length; i++)
            if (parts[i].Length > 0) parts[i] = char.ToUpperInvariant(parts[i][0]) + parts[i][1..];
        return string.Concat(parts);
    }
}
