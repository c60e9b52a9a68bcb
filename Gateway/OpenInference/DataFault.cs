namespace Gateway.OpenInference;

/// <summary>Why a tensor's <c>data</c> cannot be read.</summary>
internal enum DataFault : byte
{
    None,

    /// <summary>Not JSON.</summary>
    Malformed,

    /// <summary>NaN or Infinity, which JSON does not have.</summary>
    NotFinite,

    /// <summary>JSON, but not of the kind the element type needs.</summary>
    WrongKind,

    /// <summary>A number that the element type cannot hold.</summary>
    OutOfRange,

    /// <summary>A number with a fractional part, for an integer type.</summary>
    NotIntegral,

    /// <summary>Text that is not valid Unicode.</summary>
    NotUnicode,

    /// <summary>Too many arrays within each other.</summary>
    TooDeep,

    /// <summary>Nested arrays whose lengths do not follow the shape.</summary>
    Uneven,
}
