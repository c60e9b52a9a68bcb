namespace Serving.Models.Config.Syntax;

/// <summary>One value of a configuration file, in either form, with the line it starts on.</summary>
internal sealed record ConfigNode(ConfigNodeKind Kind, int Line)
{
    /// <summary>Of a word, number or string.</summary>
    public string Text { get; init; } = "";

    /// <summary>Of a list.</summary>
    public IReadOnlyList<ConfigNode> Items { get; init; } = [];

    /// <summary>Of a message, in the order of the file; a name may come more than once.</summary>
    public IReadOnlyList<ConfigField> Fields { get; init; } = [];
}
