namespace Serving.Storage;

/// <summary>What a change does.</summary>
internal enum StateChangeKind : byte
{
    Put,
    Delete,
    Append,
    Trim,
}
