namespace Serving.Drift.Quality;

/// <summary>Bytes that many instances are kept in, one after the other; used again when all of them are gone.</summary>
internal sealed class InstanceBlock(int size)
{
    /// <summary>Large enough for hundreds, small enough not to be a large object.</summary>
    public const int Usual = 64 << 10;

    private int used;
    private int instances;

    public byte[] Bytes { get; } = new byte[size];

    public bool IsUsual => Bytes.Length == Usual;

    public int Free => Bytes.Length - used;

    /// <summary>Takes so many bytes for an instance; returns where they begin.</summary>
    public int Take(int length)
    {
        var at = used;
        used += length;
        instances++;
        return at;
    }

    /// <summary>One of its instances is gone; true when none is left, and it can be filled again.</summary>
    public bool Release()
    {
        if (--instances > 0)
            return false;
        used = 0;
        return true;
    }
}
