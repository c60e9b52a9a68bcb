using System.IO.Pipelines;
using System.Threading.Tasks.Sources;
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
            IsOver ? base.ReadAsync(cancellationToken) : new ValueTask<ReadResult>(new Arrival(base.ReadAsync(cancellationToken)), 0);
    }

    /// <summary>
    /// What is received, told on a side thread. The way there begins when somebody waits: else a reader that is held up before it waits
    /// would find it told, and go on itself.
    /// </summary>
    private sealed class Arrival(ValueTask<ReadResult> reading) : IValueTaskSource<ReadResult>
    {
        private readonly Task<ReadResult> reading = reading.AsTask();
        private volatile bool isTold;

        public ValueTaskSourceStatus GetStatus(short token) => !isTold ? ValueTaskSourceStatus.Pending : reading.Status switch
        {
            TaskStatus.RanToCompletion => ValueTaskSourceStatus.Succeeded,
            TaskStatus.Canceled => ValueTaskSourceStatus.Canceled,
            _ => ValueTaskSourceStatus.Faulted,
        };

        public ReadResult GetResult(short token) => reading.GetAwaiter().GetResult();

        public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
            _ = TellThereAsync(continuation, state);

        private async Task TellThereAsync(Action<object?> continuation, object? state)
        {
            await ((Task)reading).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await SideThreads.Shared.NextTurn();
            isTold = true;
            continuation(state);
        }
    }
}
