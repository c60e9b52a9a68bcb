using System.IO.Pipelines;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Gateway.Hosting.Tls;

/// <summary>
/// A connection whose handshake is computed on the <see cref="SideThreads"/>: what arrives before its end is received there. It takes a
/// millisecond or more that a stranger need not pay for, and would else be taken on the threads that requests arrive on.
/// </summary>
internal sealed class HandshakeTransport(IDuplexPipe transport) : IDuplexPipe
{
    private readonly Reader reader = new(transport.Input);

    public PipeReader Input => reader;

    public PipeWriter Output => transport.Output;

    /// <summary>Has the handshakes of what is put on the listener by <paramref name="useTls"/> computed there.</summary>
    public static void Around(ListenOptions listen, Action useTls)
    {
        listen.Use(next => connection =>
        {
            var transport = new HandshakeTransport(connection.Transport);
            connection.Transport = transport;
            connection.Features.Set(transport);
            return next(connection);
        });
        useTls();
        listen.Use(next => async connection =>
        {
            connection.Features.GetRequiredFeature<HandshakeTransport>().reader.IsOver = true;

            // Requests are not served on those threads.
            await Task.Yield();
            await next(connection);
        });
    }

    private sealed class Reader(PipeReader reader) : PassingReader(reader)
    {
        public bool IsOver { get; set; }

        public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default) =>
            IsOver ? base.ReadAsync(cancellationToken) : ReadThereAsync(cancellationToken);

        private async ValueTask<ReadResult> ReadThereAsync(CancellationToken cancellationToken)
        {
            var result = await base.ReadAsync(cancellationToken);
            await SideThreads.Shared.NextTurn();
            return result;
        }
    }
}
