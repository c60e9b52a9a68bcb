namespace Serving.Models.Config.Syntax;

/// <summary>What stands in the file, before the schema says what it means.</summary>
internal enum ConfigNodeKind
{
    /// <summary>A bare word: an enum's name, true, false, inf, nan.</summary>
    Word,

    /// <summary>A number as it was written, with its sign.</summary>
    Number,
    String,
    List,
    Message,

    /// <summary>JSON's null: as if the field were not there.</summary>
    Null,
}
