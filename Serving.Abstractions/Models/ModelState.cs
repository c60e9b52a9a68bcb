namespace Serving.Models;

/// <summary>The life of a version, as the repository index names it.</summary>
public enum ModelState : byte
{
    Unknown,
    Loading,
    Ready,
    Unloading,
    Unavailable,
}
