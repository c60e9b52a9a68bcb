using System.Buffers;
using System.IO.Compression;
using Gateway.Http;
using Gateway.Metrics;
using Microsoft.AspNetCore.Http;
using Serving;

namespace Gateway.Grpc.Transport;

/// <summary>
/// Puts messages into a call's answer. Nothing goes out before it is flushed, so that a lone message leaves together with its
/// trailers.
/// </summary>
/// <param name="response">The answer.</param>
/// <param name="coding">The <c>grpc-encoding</c> that the answer's headers name.</param>
/// <param name="instruments">Where its bytes are counted.</param>
internal sealed class FrameWriter(HttpResponse response, ContentCoding coding, GatewayInstruments instruments)
{
    /// <summary>A message was put in, so that the status has to follow it.</summary>
    public bool IsUsed { get; private set; }

    /// <summary>The error when the message is larger than a message can be; then nothing was written.</summary>
    public ServingError? Write<T>(MessageFormat<T> format, T message)
    {
        var size = format.Size(message);
        if (size > int.MaxValue)
        {
            return new ServingError(
                ErrorCode.PayloadTooLarge,
                $"the answer has {size} bytes, and a message at most {int.MaxValue}; ask for fewer outputs or rows");
        }

        IsUsed = true;
        var body = response.BodyWriter;
        if (coding != ContentCoding.Identity && size >= Answer.LeastCompressed)
        {
            WriteCompressed(format, message, body);
            return null;
        }

        new FramePrefix(Compressed: false, (uint)size).Write(body);
        instruments.Sent(GatewayInstruments.Grpc, size);
        format.Write(message, body);
        return null;
    }

    public async ValueTask FlushAsync(CancellationToken cancellation) => await response.BodyWriter.FlushAsync(cancellation);

    private void WriteCompressed<T>(MessageFormat<T> format, T message, IBufferWriter<byte> body)
    {
        using var plain = new PooledBuffer();
        format.Write(message, plain);
        var compressed = new MemoryStream(plain.Written.Length / 2);
        using (Stream stream = coding == ContentCoding.Gzip
            ? new GZipStream(compressed, CompressionLevel.Fastest, leaveOpen: true)
            : new ZLibStream(compressed, CompressionLevel.Fastest, leaveOpen: true))
        {
            stream.Write(plain.Written.Span);
        }

        new FramePrefix(Compressed: true, (uint)compressed.Length).Write(body);
        instruments.Sent(GatewayInstruments.Grpc, compressed.Length);
        body.Write(compressed.GetBuffer().AsSpan(0, (int)compressed.Length));
    }
}
