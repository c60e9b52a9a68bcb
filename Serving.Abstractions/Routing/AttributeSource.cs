using System.Diagnostics.CodeAnalysis;
using Serving.Inference;

namespace Serving.Routing;

/// <summary>A header or a parameter of a request, written <c>header:NAME</c> or <c>parameter:NAME</c>.</summary>
/// <param name="Kind">Which of the two.</param>
/// <param name="Name">The header's name, in any case, or the parameter's exact name.</param>
public sealed record AttributeSource(AttributeKind Kind, string Name)
{
    private const string HeaderPrefix = "header:";
    private const string ParameterPrefix = "parameter:";

    public static bool TryParse(string text, [NotNullWhen(true)] out AttributeSource? source)
    {
        source = text.StartsWith(HeaderPrefix, StringComparison.Ordinal) ? new(AttributeKind.Header, text[HeaderPrefix.Length..])
            : text.StartsWith(ParameterPrefix, StringComparison.Ordinal) ? new(AttributeKind.Parameter, text[ParameterPrefix.Length..])
            : null;
        if (source is not null && !IsName(source.Kind, source.Name)) source = null;
        return source is not null;
    }

    /// <summary>
    /// True for a name that such an attribute can have: a token of HTTP, or any text without control characters.
    /// </summary>
    public static bool IsName(AttributeKind kind, string name)
    {
        if (name.Length is 0 or > TrafficLimits.MaxNameLength) return false;
        foreach (var c in name)
        {
            if (kind == AttributeKind.Header && !(char.IsAsciiLetterOrDigit(c) || "!#$%&'*+-.^_`|~".Contains(c))) return false;
            if (char.IsControl(c)) return false;
        }

        return true;
    }

    /// <summary>The request's value, or null. An empty value counts as none.</summary>
    public string? Of(IRequestAttributes? attributes)
    {
        var value = Kind == AttributeKind.Header ? attributes?.Header(Name) : attributes?.Parameter(Name);
        return string.IsNullOrEmpty(value) ? null : value;
    }

    public override string ToString() => (Kind == AttributeKind.Header ? HeaderPrefix : ParameterPrefix) + Name;
}
