using System.Buffers;
using System.IO.Compression;
using System.IO.Pipelines;
using Serving;

namespace Gateway.Http;

/// <summary>Decompresses a body, stopping at the limit: a bomb costs no more than a body of the largest size allowed.</summary>
internal static class BodyInflater
{
    /// <param name="compressed">The whole body as sent.</param>
    /// <param name="coding">How it is compressed.</param>
    /// <param name="block">Where the bytes go; released on failure, else the answer's.</param>
    /// <param name="most">Bytes allowed after decompression.</param>
    public static Outcome<RequestBody> Inflate(
        in ReadOnlySequence<byte> compressed, ContentCoding coding, GrowingBlock block, int most)
    {
        try
        {
            using var stream = Open(compressed, coding);
            while (true)
            {
                // One byte past the limit tells a body of just that size from a larger one.
                if (block.Reserve(most + 1) is { } error) return Fail(block, error);
                var read = stream.Read(block.Free);
                if (read == 0) return new RequestBody(block);
                block.Advance(read);
                if (block.Written.Length > most) return Fail(block, TooLarge(most));
            }
        }
        catch (InvalidDataException)
        {
            var sentence = $"the request body is not valid {ContentCodings.Name(coding)}, as its Content-Encoding says";
            return Fail(block, ServingError.Invalid(sentence));
        }
    }

    private static ServingError TooLarge(int most) => new(
        ErrorCode.PayloadTooLarge,
        $"the request body is larger than {most} bytes after decompression (Serving:MaxDecompressedBytes)");

    private static Outcome<RequestBody> Fail(GrowingBlock block, ServingError error)
    {
        block.Release();
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
