using System.Buffers.Binary;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using Google.Protobuf;

namespace Gateway.Tests.Grpc;

/// <summary>A gRPC client that does by hand what a library would hide: bytes in, bytes and trailers out.</summary>
internal sealed class GrpcClient : IDisposable
{
    public const string Service = "inference.GRPCInferenceService";

    private readonly HttpClient http;
    private Socket? socket;

    /// <param name="address">The gRPC port.</param>
    /// <param name="tls">How to speak TLS there, where it does.</param>
    public GrpcClient(Uri address, SslClientAuthenticationOptions? tls = null)
    {
        var handler = new SocketsHttpHandler { EnableMultipleHttp2Connections = false, ConnectCallback = ConnectAsync };
        if (tls is not null) handler.SslOptions = tls;
        http = new HttpClient(handler) { BaseAddress = address, Timeout = TimeSpan.FromSeconds(60) };
    }

    /// <summary>A message with its prefix.</summary>
    public static byte[] Frame(ReadOnlySpan<byte> message, bool compressed = false)
    {
        var frame = new byte[5 + message.Length];
        frame[0] = compressed ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(1), (uint)message.Length);
        message.CopyTo(frame.AsSpan(5));
        return frame;
    }

    /// <summary>A call of one message; what came back, whatever its status.</summary>
    public Task<GrpcReply> CallAsync(string method, IMessage request, params (string Name, string Value)[] metadata) =>
        SendAsync(method, new ByteArrayContent(Frame(request.ToByteArray())), metadata);

    /// <summary>As <see cref="CallAsync"/>; fails the test on any status but OK.</summary>
    public async Task<T> AskAsync<T>(string method, IMessage request, MessageParser<T> parser)
        where T : IMessage<T>
    {
        var reply = await CallAsync(method, request);
        Assert.Equal((0, ""), (reply.Status, reply.Message));
        return parser.ParseFrom(Assert.Single(reply.Messages));
    }

    public async Task<GrpcReply> SendAsync(string method, HttpContent body, params (string Name, string Value)[] metadata)
    {
        using var response = await StartAsync(method, body, CancellationToken.None, metadata);
        var bytes = await response.Content.ReadAsByteArrayAsync();
        return new GrpcReply(response, bytes);
    }

    /// <summary>Sends the headers and whatever the body gives; returns when the answer's headers are there.</summary>
    public Task<HttpResponseMessage> StartAsync(
        string method, HttpContent body, CancellationToken cancellation, params (string Name, string Value)[] metadata)
    {
        var path = method.StartsWith('/') ? method : $"/{Service}/{method}";
        var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact, Content = body,
        };
        request.Headers.TE.ParseAdd("trailers");
        if (body.Headers.ContentType is null) body.Headers.TryAddWithoutValidation("content-type", "application/grpc");
        foreach (var (name, value) in metadata) request.Headers.TryAddWithoutValidation(name, value);
        return http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
    }

    /// <summary>Ends the connection as a machine does that loses power: without a word.</summary>
    public void Break() => socket!.Close(0);

    public void Dispose() => http.Dispose();

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(context.DnsEndPoint, cancellation);
        return new NetworkStream(socket, ownsSocket: true);
    }
}
