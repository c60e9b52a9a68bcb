using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Orleans.Configuration;

namespace Silo;

/// <summary>
/// Connections between silos, and of clients to them, over the web server's sockets instead of Orleans' own. Those receive 4 KiB at a
/// time, so that a call which carries five requests comes in half a dozen parts, and each part wakes a thread that finds the call not whole
/// yet. These receive 64 KiB, and go on on the thread that received.
/// </summary>
internal static class SiloTransport
{
    /// <summary>Replaces what Orleans has registered, under keys that only it knows: one dialler and two listeners.</summary>
    public static void UseWebServerSockets(this ISiloBuilder silo)
    {
        var services = silo.Services;
        services.AddSingleton<SiloDialler>();
        services.AddSingleton<SocketTransportFactory>();
        var replaced = 0;
        for (var i = 0; i < services.Count; i++)
        {
            if (!services[i].IsKeyedService) continue;
            if (services[i].ServiceType == typeof(IConnectionFactory))
                services[i] = ServiceDescriptor.KeyedSingleton<IConnectionFactory>(services[i].ServiceKey, static (s, _) => s.GetRequiredService<SiloDialler>());
            else if (services[i].ServiceType == typeof(IConnectionListenerFactory))
                services[i] = ServiceDescriptor.KeyedSingleton<IConnectionListenerFactory>(services[i].ServiceKey, static (s, _) => s.GetRequiredService<SocketTransportFactory>());
            else continue;
            replaced++;
        }

        if (replaced != 3) throw new InvalidOperationException($"Orleans has registered {replaced} ways to connect, not 3.");
        silo.Configure<SiloConnectionOptions>(options =>
        {
            options.ConfigureSiloInboundConnection(KeepAlive);
            options.ConfigureGatewayInboundConnection(KeepAlive);
        });
    }

    /// <summary>A peer that is gone without a word is found out, as Orleans' own sockets do it: after 90 s, by ten questions 30 s apart.</summary>
    public static void KeepAlive(Socket socket)
    {
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, 90);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, 30);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, 10);
    }

    private static void KeepAlive(IConnectionBuilder connections) => connections.Use(static next => connection =>
    {
        KeepAlive(connection.Features.GetRequiredFeature<IConnectionSocketFeature>().Socket);
        return next(connection);
    });
}
