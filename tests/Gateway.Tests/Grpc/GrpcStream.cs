using System.Buffers.Binary;
using System.Globalization;
using System.IO.Pipelines;
using System.Net;
using Google.Protobuf;

namespace Gateway.Tests.Grpc;

/// <summary>A call that stays open: messages go in while messages come out.</summary>
internal sealed class GrpcStream : IDisposable
{
    private readonly Pipe pipe = new(new PipeOptions(pauseWriterThreshold: 0));
    private readonly CancellationTokenSource cancellation = new();
    private readonly Task<HttpResponseMessage> starting;
    private Stream? body;

    public GrpcStream(GrpcClient client, string method, params (string Name, string Value)[] metadata) =>
        starting = client.StartAsync(method, new PipeContent(pipe.Reader), cancellation.Token, metadata);

    public async Task SendAsync(IMessage message) => await SendAsync(GrpcClient.Frame(message.ToByteArray()));

    public async Task SendAsync(byte[] bytes) => await pipe.Writer.WriteAsync(bytes);

    /// <summary>No more messages will be sent; answers can still be read.</summary>
    public ValueTask EndSendingAsync() => pipe.Writer.CompleteAsync();

    /// <summary>Gives the call up, as a client does that is no longer interested.</summary>
    public void Reset() => cancellation.Cancel();

    /// <summary>The next message, or null at the end.</summary>
    public async Task<T?> ReceiveAsync<T>(MessageParser<T> parser)
        where T : class, IMessage<T>
    {
        body ??= await (await starting).Content.ReadAsStreamAsync();
        var prefix = new byte[5];
        var read = await body.ReadAtLeastAsync(prefix, prefix.Length, throwOnEndOfStream: false);
        if (read == 0) return null;
        Assert.Equal(prefix.Length, read);
        var message = new byte[BinaryPrimitives.ReadUInt32BigEndian(prefix.AsSpan(1))];
        await body.ReadExactlyAsync(message);
        return parser.ParseFrom(message);
    }

    /// <summary>The call's status and message, once all its answers are read.</summary>
    public async Task<(int Status, string Message)> EndAsync()
    {
        var response = await starting;
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        body ??= await response.Content.ReadAsStreamAsync();
        Assert.Equal(0, await body.ReadAsync(new byte[1]));
        var end = response.TrailingHeaders.Contains("grpc-status") ? response.TrailingHeaders : response.Headers;
        var message = end.TryGetValues("grpc-message", out var values) ? Uri.UnescapeDataString(values.Single()) : "";
        return (int.Parse(end.GetValues("grpc-status").Single(), CultureInfo.InvariantCulture), message);
    }

    public void Dispose()
    {
        cancellation.Cancel();
        pipe.Writer.Complete();
        if (starting.IsCompletedSuccessfully) starting.Result.Dispose();
        cancellation.Dispose();
    }

    /// <summary>Sends what is put into a pipe, at once.</summary>
    private sealed class PipeContent(PipeReader reader) : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
            SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            await stream.FlushAsync(cancellationToken);
            while (true)
            {
                var result = await reader.ReadAsync(cancellationToken);
                foreach (var piece in result.Buffer) await stream.WriteAsync(piece, cancellationToken);
                await stream.FlushAsync(cancellationToken);
                reader.AdvanceTo(result.Buffer.End);
                if (result.IsCompleted) return;
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
