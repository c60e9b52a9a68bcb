namespace Serving.Models.Config.Syntax;

/// <summary>A token, its text (of a string: the content; of a fault: the reason) and its line.</summary>
internal readonly record struct TextToken(TextTokenKind Kind, string Text, int Line)
{
    public bool Is(char symbol) => Kind == TextTokenKind.Symbol && Text[0] == symbol;

    /// <summary>As a sentence about a misplaced token names it.</summary>
    public string Quoted => Kind switch
    {
        TextTokenKind.End => "the end of the file",
        TextTokenKind.String => "a string",
        _ => $"'{(Text.Length <= 40 ? Text : Text[..40])}'",
    };
}
