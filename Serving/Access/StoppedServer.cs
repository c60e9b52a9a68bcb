using Serving.Storage;

namespace Serving.Access;

/// <summary>The keys of a server that is not running: what <c>keys</c> commands change between two runs.</summary>
public sealed class StoppedServer : IDisposable
{
    private readonly StateStore state;

    private StoppedServer(StateStore state)
    {
        this.state = state;
        Access = new LocalAccessStore(state, TimeProvider.System);
    }

    public IAccessStore Access { get; }

    /// <summary>Opens the state in a data directory; makes it when there is none.</summary>
    /// <exception cref="InvalidOperationException">It cannot be used, or a server is using it; the message says what to do.</exception>
    public static StoppedServer Open(string dataDirectory) => new(StateStore.OpenIn(dataDirectory, TimeProvider.System));

    public void Dispose() => state.Dispose();
}
