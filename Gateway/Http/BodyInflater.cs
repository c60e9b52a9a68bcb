using System.Buffers;
using System.IO.Compression;
using Serving;

namespace Gateway.Http;

/// <summary>
/// Decompresses a body, stopping at the limits: a bomb costs little more than what was sent of it. What may become large is not done where
/// it arrived.
/// </summary>
internal static class BodyInflater
{
    /// <summary>Bytes that cannot become more than about a megabyte, which takes less time than handing them over and back.</summary>
    private const int Small = 1 << 10;

    /// <summary>Bytes that a body may become however little was sent of it.</summary>
    private const int Harmless = 1 << 20;

    /// <inheritdoc cref="Inflate"/>
    public static ValueTask<Outcome<RequestBody>> InflateAsync(
        in ReadOnlySequence<byte> compressed, ContentCoding coding, BlockChain blocks, InflationLimits limits, CancellationToken cancellationToken) =>
        compressed.Length <= Small ? new(Inflate(compressed, coding, blocks, limits)) : InflateElsewhereAsync(compressed, coding, blocks, limits, cancellationToken);

    private static ValueTask<Outcome<RequestBody>> InflateElsewhereAsync(
        ReadOnlySequence<byte> compressed, ContentCoding coding, BlockChain blocks, InflationLimits limits, CancellationToken cancellationToken) =>
        new(LargeBodies.RunAsync(() => Inflate(compressed, coding, blocks, limits), cancellationToken));

    /// <param name="compressed">The whole body as sent.</param>
    /// <param name="coding">How it is compressed.</param>
    /// <param name="blocks">Where the bytes go; released on failure, else the answer's.</param>
    /// <param name="limits">What is allowed after decompression.</param>
    private static Outcome<RequestBody> Inflate(
        in ReadOnlySequence<byte> compressed, ContentCoding coding, BlockChain blocks, InflationLimits limits)
    {
        try
        {
            var source = new SequenceStream(compressed);
            using var stream = Open(source, compressed, coding);
            while (true)
            {
                // One byte past the limit tells a body of just that size from a larger one.
                if (blocks.Reserve(limits.Bytes + 1L) is { } error) return Fail(blocks, error);
                var read = stream.Read(blocks.Free);
                if (read == 0) return new RequestBody(blocks);
                blocks.Advance(read);
                if (blocks.Length > limits.Bytes) return Fail(blocks, TooLarge(limits.Bytes));
                if (blocks.Length > Harmless && blocks.Length > limits.Ratio * source.Position) return Fail(blocks, TooDense(limits.Ratio));
            }
        }
        catch (InvalidDataException)
        {
            var sentence = $"the request body is not valid {ContentCodings.Name(coding)}, as its Content-Encoding says";
            return Fail(blocks, ServingError.Invalid(sentence));
        }
    }

    private static ServingError TooLarge(int most) => new(
        ErrorCode.PayloadTooLarge,
        $"the request body is larger than {most} bytes after decompression (Serving:MaxDecompressedBytes)");

    private static ServingError TooDense(int ratio) => new(
        ErrorCode.PayloadTooLarge,
        $"the request body grows to more than {ratio} times its size by decompression (Serving:MaxDecompressionRatio); send it uncompressed");

    private static Outcome<RequestBody> Fail(BlockChain blocks, ServingError error)
    {
        blocks.Release();
        return error;
    }

    private static Stream Open(Stream source, in ReadOnlySequence<byte> compressed, ContentCoding coding)
    {
        if (coding == ContentCoding.Gzip) return new GZipStream(source, CompressionMode.Decompress);

        // Some clients send bare deflate under this name. A zlib header tells itself: its first two bytes are a multiple of 31.
        Span<byte> start = stackalloc byte[2];
        var head = compressed.Slice(0, Math.Min(2, compressed.Length));
        head.CopyTo(start);
        var isZlib = head.Length == 2 && (start[0] & 0x0F) == 8 && (start[0] << 8 | start[1]) % 31 == 0;
        return isZlib
            ? new ZLibStream(source, CompressionMode.Decompress)
            : new DeflateStream(source, CompressionMode.Decompress);
    }
}
