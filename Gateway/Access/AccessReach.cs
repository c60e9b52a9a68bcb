namespace Gateway.Access;

/// <summary>Which models an operation touches, and so a caller's scope must be good for.</summary>
internal enum AccessReach : byte
{
    /// <summary>The one that the path or message names.</summary>
    Model,

    /// <summary>The server as a whole: a scope for any model will do. What lists models shows those within the scope.</summary>
    Server,

    /// <summary>All there are: only a scope for every model will do.</summary>
    AllModels,
}
