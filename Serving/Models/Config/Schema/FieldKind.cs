namespace Serving.Models.Config.Schema;

/// <summary>What a field's value is.</summary>
internal enum FieldKind
{
    Bool,
    Int32,
    UInt32,
    Int64,

    /// <summary>Held to 63 bits here: no count or duration needs more.</summary>
    UInt64,
    Double,
    String,
    Enum,
    Message,

    /// <summary>Not looked into: the field as a whole is ignored or refused, or read elsewhere.</summary>
    Opaque,
}
