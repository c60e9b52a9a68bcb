namespace Serving.Models;

/// <summary>Where one loaded (or loading) copy of a version is in its life. It only ever moves down this list.</summary>
internal enum SlotState : byte
{
    Loading,
    Ready,

    /// <summary>Out of every route; its queue runs dry, then its session is dropped.</summary>
    Retiring,
}
