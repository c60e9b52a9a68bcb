using System.Net;
using System.Net.Sockets;

namespace Cluster.Tests.Processes;

/// <summary>
/// Ports that nobody listens on now, each given out once. They lie below those that the system gives to connections: one of these could
/// be taken by a connection before a server that is only starting listens on it.
/// </summary>
internal static class FreePort
{
    private const int First = 20_000;
    private const int Count = 12_000;
    private static int given = Random.Shared.Next(Count);

    public static int Next()
    {
        while (true)
        {
            var port = First + Interlocked.Increment(ref given) % Count;
            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, port);
                listener.Start();
                return port;
            }
            catch (SocketException fault) when (fault.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
                // Somebody else's: the next one.
            }
        }
    }
}
