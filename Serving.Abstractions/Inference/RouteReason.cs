namespace Serving.Inference;

/// <summary>The step that chose a request's version, in the order in which they are tried.</summary>
public enum RouteReason : byte
{
    /// <summary>There is no traffic document: the highest ready version.</summary>
    Only,

    /// <summary>The caller named the version.</summary>
    Version,

    /// <summary>The caller named a label.</summary>
    Label,

    /// <summary>The first matching rule.</summary>
    Rule,

    /// <summary>The weighted draw over the caller's key.</summary>
    Sticky,

    /// <summary>The weighted draw.</summary>
    Weight,
}
