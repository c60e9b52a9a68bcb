namespace Grains.Models;

/// <summary>
/// Which replica names of a model are in use. A name is free again only once the replica behind it has let go, so that two copies of a
/// version, old files and new, never share one.
/// </summary>
internal sealed class Ordinals
{
    private readonly HashSet<(long Version, int Ordinal)> used = [];

    /// <summary>The lowest free ordinal, now in use.</summary>
    public int Take(long version)
    {
        var ordinal = 0;
        while (!used.Add((version, ordinal))) ordinal++;
        return ordinal;
    }

    /// <summary>Marks an ordinal that was in use before.</summary>
    public void Adopt(long version, int ordinal) => used.Add((version, ordinal));

    public void Free(long version, int ordinal) => used.Remove((version, ordinal));
}
