using System.Text;

namespace Serving.Models.Config.Syntax;

/// <summary>
/// Reads the structure of protobuf's text form. It knows no schema: which names exist and what their values must be is
/// decided later, so that the JSON form goes the same way. Stops at the first fault of structure.
/// </summary>
internal sealed class TextSyntax
{
    private readonly TextLexer lexer;
    private readonly ConfigFaults faults;
    private TextToken token;

    private TextSyntax(byte[] source, ConfigFaults faults)
    {
        lexer = new(source);
        this.faults = faults;
        token = lexer.Next();
    }

    /// <summary>The file as one message; null, with a fault, when it is not well formed.</summary>
    public static ConfigNode? Read(byte[] source, ConfigFaults faults) => new TextSyntax(source, faults).Message(null, 1, 0);

    /// <summary>Fields up to the closing character; null for the end of the file. The opening one is consumed.</summary>
    private ConfigNode? Message(char? close, int line, int depth)
    {
        if (depth > ConfigLimits.Nesting) return Fail($"more than {ConfigLimits.Nesting} messages are nested in each other");
        var fields = new List<ConfigField>();
        while (close is { } symbol ? !token.Is(symbol) : token.Kind != TextTokenKind.End)
        {
            if (token.Kind == TextTokenKind.End) return Fail($"the message opened on line {line} is not closed; add '{close}'");
            if (Field(depth) is not { } field) return null;
            fields.Add(field);
        }

        if (close is not null) Advance();
        return new(ConfigNodeKind.Message, line) { Fields = fields };
    }

    private ConfigField? Field(int depth)
    {
        var line = token.Line;
        if (FieldName() is not { } name) return null;
        var colon = token.Is(':');
        if (colon) Advance();
        else if (!token.Is('{') && !token.Is('<') && !token.Is('['))
        {
            Fail($"':' or '{{' must follow '{name}', but there is {token.Quoted}");
            return null;
        }

        if (Value(depth) is not { } value) return null;
        if (token.Is(',') || token.Is(';')) Advance();
        return new(name, line, value);
    }

    private string? FieldName()
    {
        if (token.Kind == TextTokenKind.Word)
        {
            var word = token.Text;
            Advance();
            return word;
        }

        if (!token.Is('['))
        {
            Fail($"a field's name must stand here, but there is {token.Quoted}");
            return null;
        }

        // An extension or a packed message of some other type: never known here, but well formed.
        var name = new StringBuilder("[");
        for (Advance(); !token.Is(']'); Advance())
        {
            if (token.Kind == TextTokenKind.Word || token.Is('.') || token.Is('/') || token.Is('-')) name.Append(token.Text);
            else
            {
                Fail($"']' must close the name of an extension, but there is {token.Quoted}");
                return null;
            }
        }

        Advance();
        return name.Append(']').ToString();
    }

    private ConfigNode? Value(int depth)
    {
        if (token.Is('[')) return List(depth + 1);
        if (!token.Is('{') && !token.Is('<')) return Scalar();
        var (line, close) = (token.Line, token.Is('{') ? '}' : '>');
        Advance();
        return Message(close, line, depth + 1);
    }

    private ConfigNode? List(int depth)
    {
        var line = token.Line;
        if (depth > ConfigLimits.Nesting) return Fail($"more than {ConfigLimits.Nesting} lists are nested in each other");
        var items = new List<ConfigNode>();
        Advance();
        while (!token.Is(']'))
        {
            if (items.Count > 0)
            {
                if (!token.Is(',')) return Fail($"',' or ']' must follow an item of a list, but there is {token.Quoted}");
                Advance();
            }

            if (Value(depth) is not { } item) return null;
            items.Add(item);
        }

        Advance();
        return new(ConfigNodeKind.List, line) { Items = items };
    }

    private ConfigNode? Scalar()
    {
        var line = token.Line;
        if (token.Kind == TextTokenKind.String)
        {
            var text = new StringBuilder();
            for (; token.Kind == TextTokenKind.String; Advance()) text.Append(token.Text);
            return new(ConfigNodeKind.String, line) { Text = text.ToString() };
        }

        var sign = token.Is('-') ? "-" : "";
        if (sign.Length > 0) Advance();
        if (token.Kind is not (TextTokenKind.Word or TextTokenKind.Number))
            return Fail($"a value must stand here, but there is {token.Quoted}");
        var kind = token.Kind == TextTokenKind.Number ? ConfigNodeKind.Number : ConfigNodeKind.Word;
        var node = new ConfigNode(kind, line) { Text = sign + token.Text };
        Advance();
        return node;
    }

    private void Advance() => token = lexer.Next();

    // What the lexer could not read is the nearer reason.
    private ConfigNode? Fail(string sentence)
    {
        faults.Refuse(token.Line, token.Kind == TextTokenKind.Fault ? token.Text : sentence);
        return null;
    }
}
