namespace Gateway.Grpc.Transport;

/// <summary>The requests of a stream, one after the other. Each belongs to its reader, who releases it.</summary>
internal sealed class MessageSource<T>(GrpcCall call, MessageFormat<T> format)
{
    /// <summary>The message read last.</summary>
    public T Current { get; private set; } = default!;

    /// <summary>Why there is no further message; OK at the caller's own end.</summary>
    public GrpcStatus Fault { get; private set; } = GrpcStatus.Ok;

    public async ValueTask<bool> ReadAsync()
    {
        if (!await call.Reader.ReadNextAsync(call.Cancellation))
        {
            Fault = call.Reader.Fault;
            return false;
        }

        // The next message may be read while this one is still in use, so it refers to nothing.
        var read = format.Read(call.Reader.Message, mayRefer: false);
        call.Reader.Release();
        if (read.TryGetValue(out var message, out var error))
        {
            Current = message;
            return true;
        }

        Fault = GrpcStatus.Of(error);
        return false;
    }

    public void Release(T message) => format.Release(message);
}
