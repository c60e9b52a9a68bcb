namespace Serving;

/// <summary>How the set of served models changes while the server runs. Named as Triton names them.</summary>
public enum ControlMode : byte
{
    /// <summary>The repository is read once, at start.</summary>
    None,

    /// <summary>The repository is watched.</summary>
    Poll,

    /// <summary>Models are loaded and unloaded through the API.</summary>
    Explicit,
}
