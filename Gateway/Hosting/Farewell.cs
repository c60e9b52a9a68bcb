using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Gateway.Hosting;

/// <summary>
/// Lets the caller end an HTTP/2 connection to which the server has said goodbye. The web server closes as soon as its last answer
/// is out; a caller that meets the end of the connection while it still sends may throw that answer away unread, as .NET's client
/// does: a stream's status would be lost just when it says why the stream ended.
/// </summary>
internal static class Farewell
{
    /// <summary>Who has not closed by then is not waited for.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(1);

    public static void WaitForFarewell(this ListenOptions listen) => listen.Use(next => connection => RunAsync(next, connection));

    private static async Task RunAsync(ConnectionDelegate next, ConnectionContext connection)
    {
        var transport = connection.Transport;
        connection.Transport = new KeptOpen(transport);
        await next(connection);
        await transport.Output.FlushAsync();
        await Task.Delay(Longest, connection.ConnectionClosed).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await transport.Input.CompleteAsync();
        await transport.Output.CompleteAsync();
    }

    /// <summary>A connection that does not close when either end of it is let go.</summary>
    private sealed class KeptOpen(IDuplexPipe pipe) : IDuplexPipe
    {
        public PipeReader Input { get; } = new Reader(pipe.Input);

        public PipeWriter Output { get; } = new Writer(pipe.Output);
    }

    private sealed class Reader(PipeReader reader) : PassingReader(reader)
    {
        public override void Complete(Exception? exception = null)
        {
        }
    }

    private sealed class Writer(PipeWriter writer) : PipeWriter
    {
        public override bool CanGetUnflushedBytes => writer.CanGetUnflushedBytes;

        public override long UnflushedBytes => writer.UnflushedBytes;

        public override Memory<byte> GetMemory(int sizeHint = 0) => writer.GetMemory(sizeHint);

        public override Span<byte> GetSpan(int sizeHint = 0) => writer.GetSpan(sizeHint);

        public override void Advance(int bytes) => writer.Advance(bytes);

        public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) => writer.FlushAsync(cancellationToken);

        public override void CancelPendingFlush() => writer.CancelPendingFlush();

        public override void Complete(Exception? exception = null)
        {
        }
    }
}
