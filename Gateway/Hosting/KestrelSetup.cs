using System.Diagnostics;
using System.Net;
using Gateway.Access;
using Gateway.Hosting.Tls;
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
        if (options.UsesTls)
        {
            builder.Services.AddSingleton<CertificateFiles>();
            builder.WebHost.UseKestrelHttpsConfiguration();
        }

        builder.Services.AddSingleton<DiagnosticSource, RefusedRequests>();
        builder.WebHost.UseKestrelCore();

        // Behind the web server's own, which it would else put over this one.
        builder.Services.AddSingleton<IMemoryPoolFactory<byte>, TransportMemoryPoolFactory>();

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
        kestrel.Limits.MaxRequestHeaderCount = options.MaxRequestHeaders;
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(options.HeaderTimeoutSecs);
        kestrel.Limits.KeepAliveTimeout = TimeSpan.FromSeconds(options.KeepAliveSecs);
        kestrel.Limits.MinRequestBodyDataRate = options.MinBodyBytesPerSecond == 0
            ? null
            : new MinDataRate(options.MinBodyBytesPerSecond, TimeSpan.FromSeconds(options.BodyGraceSecs));
        kestrel.Limits.MaxConcurrentConnections = options.MaxConnections;
        kestrel.Limits.Http2.MaxStreamsPerConnection = options.GrpcStreamsPerConnection;

        // What finds out that a caller is gone whose machine or network went with it.
        kestrel.Limits.Http2.KeepAlivePingDelay = TimeSpan.FromSeconds(30);
        foreach (var listener in Listeners(options)) listener.Open(kestrel);
    }

    /// <summary>What the process listens on, in the order of <see cref="Protocols"/>.</summary>
    private static IEnumerable<Listener> Listeners(GatewayOptions options) =>
    [
        new(options, options.HttpPort, options.UsesTls ? HttpProtocols.Http1AndHttp2 : HttpProtocols.Http1, IsGrpc: false),
        new(options, options.GrpcPort, HttpProtocols.Http2, IsGrpc: true),
    ];

    private sealed record Listener(GatewayOptions Options, int Port, HttpProtocols Protocols, bool IsGrpc)
    {
        public void Open(KestrelServerOptions kestrel)
        {
            // The server offers 'localhost' as both loopback addresses, but not together with a port of its choice.
            var local = Options.HttpAddress == "localhost";
            if (local && Port != 0) kestrel.ListenLocalhost(Port, Configure);
            else kestrel.Listen(local ? IPAddress.Loopback : IPAddress.Parse(Options.HttpAddress), Port, Configure);
        }

        private void Configure(ListenOptions listen)
        {
            listen.Protocols = Protocols;
            ConnectionCaller.Use(listen);
            if (Options.UsesTls) listen.UseTls(Options);
            if (!IsGrpc) return;
            listen.WaitForFarewell();
            GrpcPort.Use(listen);
        }
    }
}
