using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;
using System.Net;

namespace Gateway.Tests.Grpc;

/// <summary>All that came back from a call.</summary>
internal sealed class GrpcReply
{
    public GrpcReply(HttpResponseMessage response, byte[] body)
    {
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("application/grpc", response.Content.Headers.ContentType?.ToString());
        foreach (var (name, values) in response.Headers) Metadata[name] = string.Join(",", values);
        foreach (var (name, values) in response.TrailingHeaders) Trailers[name] = string.Join(",", values);

        // Where no message came, the status stands in the headers.
        var end = Trailers.ContainsKey("grpc-status") ? Trailers : Metadata;
        Status = int.Parse(end["grpc-status"], CultureInfo.InvariantCulture);
        Message = Uri.UnescapeDataString(end.GetValueOrDefault("grpc-message", ""));
        Encoding = Metadata.GetValueOrDefault("grpc-encoding", "identity");
        var rest = body.AsSpan();
        while (!rest.IsEmpty)
        {
            var length = (int)BinaryPrimitives.ReadUInt32BigEndian(rest[1..]);
            var message = rest.Slice(5, length).ToArray();
            Compressed.Add(rest[0] == 1);
            Messages.Add(rest[0] == 1 ? Inflate(message, Encoding) : message);
            rest = rest[(5 + length)..];
        }
    }

    public int Status { get; }

    public string Message { get; }

    public string Encoding { get; }

    public List<byte[]> Messages { get; } = [];

    public List<bool> Compressed { get; } = [];

    public Dictionary<string, string> Metadata { get; } = new(StringComparer.OrdinalIgnoreCase);

    public Dictionary<string, string> Trailers { get; } = new(StringComparer.OrdinalIgnoreCase);

    private static byte[] Inflate(byte[] message, string encoding)
    {
        using Stream stream = encoding == "gzip"
            ? new GZipStream(new MemoryStream(message), CompressionMode.Decompress)
            : new ZLibStream(new MemoryStream(message), CompressionMode.Decompress);
        var plain = new MemoryStream();
        stream.CopyTo(plain);
        return plain.ToArray();
    }
}
