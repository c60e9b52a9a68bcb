using System.Buffers;

namespace Gateway.Http;

/// <summary>Reads bytes that lie in blocks, and tells how many were read.</summary>
internal sealed class SequenceStream(ReadOnlySequence<byte> bytes) : Stream
{
    private ReadOnlySequence<byte> rest = bytes;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    /// <summary>Bytes read so far.</summary>
    public override long Position { get; set; }

    public override int Read(Span<byte> buffer)
    {
        var count = (int)Math.Min(buffer.Length, rest.Length);
        rest.Slice(0, count).CopyTo(buffer);
        rest = rest.Slice(count);
        Position += count;
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
