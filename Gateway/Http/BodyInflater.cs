using System.Buffers;
using System.IO.Compression;
using Gateway.Hosting;
using Serving;

namespace Gateway.Http;

/// <summary>
/// Decompresses a body, stopping at the limits: a bomb costs little more than the first megabyte that it becomes. What may become large is
/// decompressed as it arrives, and on the <see cref="SideThreads"/>.
/// </summary>
internal static class BodyInflater
{
    /// <summary>Bytes that cannot become a megabyte, which takes less time than handing them over and back.</summary>
    public const int Small = 1000;

    /// <summary>Bytes that a body may become however little was sent of it.</summary>
    private const int Harmless = 1 << 20;

    /// <summary>As <see cref="InflateAsync(BodyStream, ContentCoding, BlockChain, InflationLimits, CancellationToken)"/>, of bytes that are all there.</summary>
    public static ValueTask<Outcome<RequestBody>> InflateAsync(
        in ReadOnlySequence<byte> compressed, ContentCoding coding, BlockChain blocks, InflationLimits limits, CancellationToken cancellationToken)
    {
        var source = new BodyStream(compressed);
        return compressed.Length <= Small
            ? InflateHereAsync(source, coding, blocks, limits, cancellationToken)
            : InflateAsync(source, coding, blocks, limits, cancellationToken);
    }

    /// <param name="source">The body as sent; disposed here.</param>
    /// <param name="coding">How it is compressed.</param>
    /// <param name="blocks">Where the bytes go; released on failure, else the answer's.</param>
    /// <param name="limits">What is allowed after decompression.</param>
    /// <param name="cancellationToken">Given up between two blocks.</param>
    public static async ValueTask<Outcome<RequestBody>> InflateAsync(
        BodyStream source, ContentCoding coding, BlockChain blocks, InflationLimits limits, CancellationToken cancellationToken)
    {
        try
        {
            await SideThreads.Shared.NextTurn();
            return await InflateHereAsync(source, coding, blocks, limits, cancellationToken);
        }
        finally
        {
            // What comes of it is not done on those threads.
            await Task.Yield();
        }
    }

    private static async ValueTask<Outcome<RequestBody>> InflateHereAsync(
        BodyStream source, ContentCoding coding, BlockChain blocks, InflationLimits limits, CancellationToken cancellationToken)
    {
        var isWhole = false;
        try
        {
            using var stream = await OpenAsync(source, coding, cancellationToken);
            while (true)
            {
                // One byte past the limit tells a body of just that size from a larger one.
                if (blocks.Reserve(limits.Bytes + 1L) is { } error) return error;
                var read = await stream.ReadAsync(blocks.Free, cancellationToken);
                if (read == 0)
                {
                    isWhole = true;
                    return new RequestBody(blocks);
                }

                var before = blocks.Length;
                blocks.Advance(read);
                if (blocks.Length > limits.Bytes) return TooLarge(limits.Bytes);
                if (blocks.Length <= Harmless) continue;
                if (blocks.Length > limits.Ratio * source.Position) return TooDense(limits.Ratio);

                // Others have a turn after each megabyte.
                if (before / Harmless != blocks.Length / Harmless) await SideThreads.Shared.NextTurn();
            }
        }
        catch (InvalidDataException)
        {
            return ServingError.Invalid($"the request body is not valid {ContentCodings.Name(coding)}, as its Content-Encoding says");
        }
        finally
        {
            if (!isWhole) blocks.Release();
        }
    }

    private static ServingError TooLarge(int most) => new(
        ErrorCode.PayloadTooLarge,
        $"the request body is larger than {most} bytes after decompression (Serving:MaxDecompressedBytes)");

    private static ServingError TooDense(int ratio) => new(
        ErrorCode.PayloadTooLarge,
        $"the request body grows to more than {ratio} times its size by decompression (Serving:MaxDecompressionRatio); send it uncompressed");

    private static async ValueTask<Stream> OpenAsync(BodyStream source, ContentCoding coding, CancellationToken cancellationToken)
    {
        if (coding == ContentCoding.Gzip) return new GZipStream(source, CompressionMode.Decompress);

        // Some clients send bare deflate under this name. A zlib header tells itself: its first two bytes are a multiple of 31.
        return IsZlib(await source.PeekAsync(cancellationToken))
            ? new ZLibStream(source, CompressionMode.Decompress)
            : new DeflateStream(source, CompressionMode.Decompress);
    }

    private static bool IsZlib(in ReadOnlySequence<byte> head)
    {
        Span<byte> start = stackalloc byte[2];
        head.CopyTo(start);
        return head.Length == 2 && (start[0] & 0x0F) == 8 && (start[0] << 8 | start[1]) % 31 == 0;
    }
}
