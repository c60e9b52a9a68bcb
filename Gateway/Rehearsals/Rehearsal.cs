using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Gateway.Rehearsals;

/// <summary>
/// The first requests of a process, sent by itself to itself, so that the first real one costs what every later one costs: what
/// is compiled or looked up once, in the web server, the readers and the writers, is done by then. They come over a real
/// connection, and go to an operation table of their own over an engine that only returns what it was given, so that no model
/// runs and nothing is counted.
/// </summary>
internal sealed partial class Rehearsal(ILogger<Rehearsal> logger)
{
    /// <summary>Long enough for a slow machine; past it the server is ready all the same, and its first answer slow.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    private const int Rounds = 6;
    private readonly CancellationTokenSource limit = new(Limit);
    private readonly TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile RequestDelegate? stage;
    private volatile bool isOver;
    private int port;

    /// <summary>Nothing is rehearsed any more.</summary>
    public bool IsOver => isOver || limit.IsCancellationRequested;

    /// <summary>Ends when nothing is rehearsed any more, however it went.</summary>
    public Task Ended => ended.Task;

    /// <summary>Requests of its own that were answered.</summary>
    public int Answered { get; private set; }

    /// <summary>What answers this request when it is one of the rehearsal's own; null for every other.</summary>
    public RequestDelegate? StageOf(HttpContext context)
    {
        if (stage is not { } own) return null;
        var connection = context.Connection;
        if (connection.RemotePort != port || !Equals(connection.RemoteIpAddress, connection.LocalIpAddress)) return null;
        Answered++;
        return own;
    }

    /// <summary>Rehearses, on the thread pool; not where TLS is spoken.</summary>
    /// <param name="address">Where the server listens for HTTP.</param>
    /// <param name="build">Makes the operation table that the rehearsal is answered by; called on the pool too.</param>
    public Task RunAsync(string address, Func<RequestDelegate> build) => Task.Run(async () =>
    {
        try
        {
            stage = build();
            var url = new Uri(address);
            if (url.Scheme == Uri.UriSchemeHttp) await SendAsync(EndpointOf(url));
        }
        catch (Exception fault) when (fault is SocketException or IOException or OperationCanceledException)
        {
            LogFailed(fault);
        }
        finally
        {
            isOver = true;
            stage = null;
            ended.SetResult();
        }
    });

    private async Task SendAsync(IPEndPoint server)
    {
        for (var round = 0; round < Rounds && !IsOver; round++)
        {
            using var socket = new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            socket.Bind(new IPEndPoint(server.AddressFamily == AddressFamily.InterNetworkV6 ? IPAddress.IPv6Any : IPAddress.Any, 0));
            port = ((IPEndPoint)socket.LocalEndPoint!).Port;
            await socket.ConnectAsync(server, limit.Token);
            foreach (var part in RehearsalRequests.Parts)
            {
                // Many clients send a body after its head, so that the server has to wait for it.
                await socket.SendAsync(part, limit.Token);
                await Task.Delay(1, limit.Token);
            }

            var answer = new byte[4096];
            while (await socket.ReceiveAsync(answer, limit.Token) > 0)
            {
            }
        }
    }

    private static IPEndPoint EndpointOf(Uri url)
    {
        if (!IPAddress.TryParse(url.Host.Trim('[', ']'), out var ip)) ip = IPAddress.Loopback;
        if (ip.Equals(IPAddress.Any)) ip = IPAddress.Loopback;
        if (ip.Equals(IPAddress.IPv6Any)) ip = IPAddress.IPv6Loopback;
        return new IPEndPoint(ip, url.Port);
    }

    [LoggerMessage(EventId = 1, Level = LogLevel.Debug, Message = "The server could not send itself its first requests; its first answers will be slow")]
    private partial void LogFailed(Exception fault);
}
