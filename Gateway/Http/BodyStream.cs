using System.Buffers;
using System.IO.Pipelines;
using Gateway.Hosting;

namespace Gateway.Http;

/// <summary>
/// A body as a decompressor reads it: one that is there, or one that is still arriving, of which no more is kept than the web server does.
/// After each wait for more of it the reader goes on on the <see cref="SideThreads"/>.
/// </summary>
internal sealed class BodyStream : Stream
{
    private readonly PipeReader? arriving;
    private ReadOnlySequence<byte> rest;
    private bool isReceived;
    private bool isWhole;

    /// <param name="whole">All of it.</param>
    public BodyStream(ReadOnlySequence<byte> whole) => (rest, isWhole) = (whole, true);

    /// <param name="arriving">Where it arrives. What was not read is left there when the stream is disposed.</param>
    public BodyStream(PipeReader arriving) => this.arriving = arriving;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    /// <summary>Bytes read so far.</summary>
    public override long Position { get; set; }

    /// <summary>The first bytes, without reading them: as many as there are, up to two.</summary>
    public async ValueTask<ReadOnlySequence<byte>> PeekAsync(CancellationToken cancellationToken)
    {
        const int enough = 2;
        while (rest.Length < enough && !isWhole) await ReceiveAsync(cancellationToken);
        return rest.Slice(0, Math.Min(enough, rest.Length));
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        rest.IsEmpty && !isWhole ? ReceiveAndReadAsync(buffer, cancellationToken) : new(Read(buffer.Span));

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

    protected override void Dispose(bool disposing)
    {
        if (isReceived) arriving!.AdvanceTo(rest.Start);
        (rest, isReceived, isWhole) = (default, false, true);
    }

    private async ValueTask<int> ReceiveAndReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        while (rest.IsEmpty && !isWhole) await ReceiveAsync(cancellationToken);
        return Read(buffer.Span);
    }

    private async ValueTask ReceiveAsync(CancellationToken cancellationToken)
    {
        if (isReceived) arriving!.AdvanceTo(rest.Start, rest.End);
        isReceived = false;
        var result = await arriving!.ReadAsync(cancellationToken);
        (rest, isReceived, isWhole) = (result.Buffer, true, result.IsCompleted);
        await SideThreads.Shared.NextTurn();
    }
}
