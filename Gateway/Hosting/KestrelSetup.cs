using System.Diagnostics;
using System.Net;
using Gateway.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Hosting;

/// <summary>The web server, as this product wants it: limits from the options, large transport blocks, no banner.</summary>
internal static class KestrelSetup
{
    /// <summary>What is spoken at each of the server's addresses, in their order.</summary>
    public static readonly IReadOnlyList<string> Protocols = ["HTTP", "gRPC"];

    public static void AddKestrel(this WebApplicationBuilder builder, GatewayOptions options)
    {
        builder.Services.AddSingleton<IMemoryPoolFactory<byte>, TransportMemoryPoolFactory>();
        builder.Services.AddSingleton<DiagnosticSource, RefusedRequests>();
        builder.WebHost.UseKestrelCore();

        // Handlers run on the socket's own thread: they parse and then either run a quick model there or hand the request to a
        // session thread, and never block. A hop to the thread pool and back costs more than parsing a small request.
        builder.WebHost.UseSockets(sockets => sockets.UnsafePreferInlineScheduling = true);
        builder.WebHost.ConfigureKestrel(kestrel => Configure(kestrel, options));
        builder.WebHost.UseShutdownTimeout(TimeSpan.FromSeconds(options.ShutdownSecs));
    }

    private static void Configure(KestrelServerOptions kestrel, GatewayOptions options)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = options.MaxRequestBytes;
        kestrel.Limits.MaxRequestLineSize = options.MaxRequestLineBytes;
        kestrel.Limits.MaxRequestHeadersTotalSize = options.MaxRequestHeaderBytes;
        kestrel.Limits.MaxConcurrentConnections = options.MaxConnections;
        kestrel.Limits.Http2.MaxStreamsPerConnection = options.GrpcStreamsPerConnection;

        // What finds out that a caller is gone whose machine or network went with it.
        kestrel.Limits.Http2.KeepAlivePingDelay = TimeSpan.FromSeconds(30);
        foreach (var listener in Listeners(options)) listener.Open(kestrel);
    }

    /// <summary>What the process listens on, in the order of <see cref="Protocols"/>.</summary>
    private static IEnumerable<Listener> Listeners(GatewayOptions options) =>
    [
        new(options.HttpAddress, options.HttpPort, HttpProtocols.Http1),
        new(options.HttpAddress, options.GrpcPort, HttpProtocols.Http2),
    ];

    private sealed record Listener(string Address, int Port, HttpProtocols Protocols)
    {
        public void Open(KestrelServerOptions kestrel)
        {
            // The server offers 'localhost' as both loopback addresses, but not together with a port of its choice.
            var address = Address == "localhost" ? IPAddress.Loopback : IPAddress.Parse(Address);
            if (Address == "localhost" && Port != 0) kestrel.ListenLocalhost(Port, Configure);
            else kestrel.Listen(address, Port, Configure);
        }

        private void Configure(ListenOptions listen)
        {
            listen.Protocols = Protocols;
            if (Protocols == HttpProtocols.Http2) listen.WaitForFarewell();
        }
    }
}
