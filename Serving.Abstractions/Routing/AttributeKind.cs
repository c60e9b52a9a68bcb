namespace Serving.Routing;

/// <summary>What routing can look at in a request.</summary>
public enum AttributeKind : byte
{
    Header,
    Parameter,
}
