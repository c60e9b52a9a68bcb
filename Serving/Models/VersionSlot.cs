namespace Serving.Models;

/// <summary>One copy of a version: what was on disk when it was loaded, and where in its life it is.</summary>
internal sealed class VersionSlot(int id, long version, string fingerprint)
{
    /// <summary>Told apart from another copy of the same version, which a changed file brings.</summary>
    public int Id { get; } = id;

    public long Version { get; } = version;

    /// <summary>Of the version's files and the configuration it was loaded with.</summary>
    public string Fingerprint { get; } = fingerprint;

    public SlotState State { get; set; }
}
