namespace Grains.Access;

/// <summary>What an <see cref="AccessOrder"/> is for.</summary>
internal enum AccessVerb : byte
{
    Create,
    Rotate,
    Revoke,
    LimitKey,
    LimitModel,

    /// <summary>Nothing changes here: a note about a change made elsewhere.</summary>
    Note,
}
