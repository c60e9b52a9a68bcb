using System.Buffers;
using System.IO.Compression;
using System.IO.Pipelines;
using Serving;

namespace Gateway.Http;

/// <summary>
/// Decompresses a body, stopping at the limit: a bomb costs no more than a body of the largest size allowed. What may become large is
/// not done where it arrived, since others' requests come on the same thread, and on half of the cores at most.
/// </summary>
internal static class BodyInflater
{
    /// <summary>Bytes that cannot become more than about a megabyte, which takes less time than handing them over and back.</summary>
    private const int Small = 1 << 10;

    private static readonly SemaphoreSlim Places = new(Math.Max(1, Environment.ProcessorCount / 2));

    /// <inheritdoc cref="Inflate"/>
    public static ValueTask<Outcome<RequestBody>> InflateAsync(
        in ReadOnlySequence<byte> compressed, ContentCoding coding, BlockChain blocks, int most, CancellationToken cancellationToken) =>
        compressed.Length <= Small ? new(Inflate(compressed, coding, blocks, most)) : InflateElsewhereAsync(compressed, coding, blocks, most, cancellationToken);

    private static async ValueTask<Outcome<RequestBody>> InflateElsewhereAsync(
        ReadOnlySequence<byte> compressed, ContentCoding coding, BlockChain blocks, int most, CancellationToken cancellationToken)
    {
        await Places.WaitAsync(cancellationToken);
        try
        {
            return await Task.Run(() => Inflate(compressed, coding, blocks, most), CancellationToken.None);
        }
        finally
        {
            Places.Release();
        }
    }

    /// <param name="compressed">The whole body as sent.</param>
    /// <param name="coding">How it is compressed.</param>
    /// <param name="blocks">Where the bytes go; released on failure, else the answer's.</param>
    /// <param name="most">Bytes allowed after decompression.</param>
    private static Outcome<RequestBody> Inflate(
        in ReadOnlySequence<byte> compressed, ContentCoding coding, BlockChain blocks, int most)
    {
        try
        {
            using var stream = Open(compressed, coding);
            while (true)
            {
                // One byte past the limit tells a body of just that size from a larger one.
                if (blocks.Reserve(most + 1L) is { } error) return Fail(blocks, error);
                var read = stream.Read(blocks.Free);
                if (read == 0) return new RequestBody(blocks);
                blocks.Advance(read);
                if (blocks.Length > most) return Fail(blocks, TooLarge(most));
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

    private static Outcome<RequestBody> Fail(BlockChain blocks, ServingError error)
    {
        blocks.Release();
        return error;
    }

    private static Stream Open(in ReadOnlySequence<byte> compressed, ContentCoding coding)
    {
        var source = PipeReader.Create(compressed).AsStream();
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
