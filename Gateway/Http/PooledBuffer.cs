using System.Buffers;

namespace Gateway.Http;

/// <summary>An answer being put together in memory that goes back to the pool when it is sent.</summary>
internal sealed class PooledBuffer : IBufferWriter<byte>, IDisposable
{
    private const int Smallest = 4 << 10;

    private byte[] bytes = [];
    private int length;

    public ReadOnlyMemory<byte> Written => bytes.AsMemory(0, length);

    /// <summary>Begins again, in the same memory.</summary>
    public void Clear() => length = 0;

    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)count, (uint)(bytes.Length - length));
        length += count;
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(Math.Max(sizeHint, 1));
        return bytes.AsMemory(length);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(Math.Max(sizeHint, 1));
        return bytes.AsSpan(length);
    }

    public void Dispose()
    {
        if (bytes.Length > 0) ArrayPool<byte>.Shared.Return(bytes);
        (bytes, length) = ([], 0);
    }

    private void Reserve(int count)
    {
        if (bytes.Length - length >= count) return;
        var capacity = Math.Min(Array.MaxLength, Math.Max(2L * bytes.Length, Smallest));
        var larger = ArrayPool<byte>.Shared.Rent((int)Math.Max(capacity, checked(length + count)));
        Written.CopyTo(larger);
        var written = length;
        Dispose();
        (bytes, length) = (larger, written);
    }
}
