using Serving;

namespace Gateway.Grpc.Transport;

/// <summary>The answers of a stream. Any number of tasks may write: each message goes out whole, and at once.</summary>
internal sealed class MessageSink<T>(GrpcCall call, MessageFormat<T> format) : IDisposable
{
    private readonly SemaphoreSlim turn = new(1);

    /// <summary>Sends a message and releases it. The error when it is larger than a message can be.</summary>
    public async ValueTask<ServingError?> WriteAsync(T message)
    {
        try
        {
            await turn.WaitAsync(call.Cancellation);
            try
            {
                if (call.Writer.Write(format, message) is { } error) return error;
                await call.Writer.FlushAsync(call.Cancellation);
                return null;
            }
            finally
            {
                turn.Release();
            }
        }
        finally
        {
            format.Release(message);
        }
    }

    public void Dispose() => turn.Dispose();
}
