using System.Net;
using System.Net.Sockets;
using Gateway.Hosting.Tls;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Gateway.Tests.Tls;

public sealed class HandshakeTransportTests
{
    private const int Connections = 8;

    [Fact]
    public async Task WhatIsReceivedBeforeTheEnd_IsDealtWithOnASideThread_AndNothingAfter()
    {
        var handshake = new List<string?>();
        var served = new List<string?>();
        using var ended = new SemaphoreSlim(0);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            HandshakeTransport.Around(listen, () => listen.Use(next => async connection =>
            {
                await ReceiveAsync(connection, handshake);
                await ReceiveAsync(connection, handshake);
                await next(connection);
            }));
            listen.Use(_ => async connection =>
            {
                served.Add(Thread.CurrentThread.Name);
                await ReceiveAsync(connection, served);
                ended.Release();
            });
        }));
        await using var app = builder.Build();
        await app.StartAsync();

        for (var i = 0; i < Connections; i++)
        {
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(IPAddress.Loopback, new Uri(app.Urls.Single()).Port);

            // Bytes that come together are received together.
            do await socket.SendAsync(new byte[1]);
            while (!await ended.WaitAsync(TimeSpan.FromMilliseconds(10)));
        }

        Assert.All(handshake, name => Assert.StartsWith("side ", name));
        Assert.All(served, name => Assert.DoesNotContain("side ", name ?? ""));
        Assert.Equal((2 * Connections, 2 * Connections), (handshake.Count, served.Count));
    }

    private static async Task ReceiveAsync(ConnectionContext connection, List<string?> names)
    {
        var result = await connection.Transport.Input.ReadAsync();
        names.Add(Thread.CurrentThread.Name);
        connection.Transport.Input.AdvanceTo(result.Buffer.End);
    }
}
