namespace Serving.Models.Config.Syntax;

/// <summary>The words of protobuf's text form.</summary>
internal enum TextTokenKind
{
    End,
    Word,
    Number,
    String,

    /// <summary>One character of punctuation.</summary>
    Symbol,

    /// <summary>Not a token; its text says what is wrong.</summary>
    Fault,
}
