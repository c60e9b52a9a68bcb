namespace Grains.Replicas;

/// <summary>How a load ended.</summary>
public enum LoadEnd : byte
{
    Loaded,

    /// <summary>The version cannot be loaded: elsewhere it would fail as well.</summary>
    Failed,

    /// <summary>The silo has no room now, or takes no models.</summary>
    Full,

    /// <summary>The version is larger than all that the silo's models may take.</summary>
    TooLarge,
}
