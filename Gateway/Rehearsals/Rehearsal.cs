using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Gateway.Rehearsals;

/// <summary>
/// The first requests of a process, sent by itself to itself, so that the first real one costs what every later one costs: what
/// is compiled or looked up once, in the web server, the readers and the writers, is done by then. They go over real connections to
/// a web server of their own, so that a second core does all this while the first one puts the real server together. No model
/// runs and nothing is counted.
/// </summary>
internal sealed partial class Rehearsal
{
    /// <summary>Long enough for a slow machine; past it the server is ready all the same, and its first answer slow.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    private const int Rounds = 6;
    private readonly CancellationTokenSource limit = new(Limit);
    private readonly TaskCompletionSource<Exception?> ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Nothing is rehearsed any more.</summary>
    public bool IsOver => ended.Task.IsCompleted || limit.IsCancellationRequested;

    /// <summary>Ends when nothing is rehearsed any more, with what went wrong.</summary>
    public Task<Exception?> Ended => ended.Task;

    /// <summary>Requests that were answered.</summary>
    public int Answered { get; private set; }

    /// <summary>Rehearses, on a thread of its own: the pool is small, and others need it when a process starts.</summary>
    public void Begin() => Task.Factory.StartNew(RehearseAsync, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>Says in the log if it went wrong.</summary>
    public async Task ReportAsync(ILogger<Rehearsal> logger)
    {
        if (await ended.Task is { } fault) LogFailed(logger, fault);
    }

    private async Task RehearseAsync()
    {
        Exception? fault = null;
        try
        {
            using var stage = new RehearsalStage();
            await RunAsync(context =>
            {
                Answered++;
                return stage.AnswerAsync(context);
            });
        }
        catch (Exception e) when (e is SocketException or IOException or OperationCanceledException)
        {
            fault = e;
        }
        finally
        {
            ended.SetResult(fault);
        }
    }

    private async Task RunAsync(RequestDelegate answer)
    {
        var options = new KestrelServerOptions();
        options.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http1);
        var sockets = new SocketTransportFactory(
            Options.Create(new SocketTransportOptions { UnsafePreferInlineScheduling = true }), NullLoggerFactory.Instance);
        using var server = new KestrelServer(Options.Create(options), sockets, NullLoggerFactory.Instance);
        await server.StartAsync(new RehearsalApplication(answer), limit.Token);
        await SendAsync(new IPEndPoint(IPAddress.Loopback, new Uri(server.Features.Get<IServerAddressesFeature>()!.Addresses.First()).Port));
        await server.StopAsync(limit.Token);
    }

    private async Task SendAsync(IPEndPoint server)
    {
        var answer = new byte[4096];
        for (var round = 0; round < Rounds; round++)
        {
            using var socket = new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(server, limit.Token);
            foreach (var part in RehearsalRequests.Parts)
            {
                // Many clients send a body after its head, so that the server has to wait for it.
                await socket.SendAsync(part, limit.Token);
                await Task.Delay(1, limit.Token);
            }

            while (await socket.ReceiveAsync(answer, limit.Token) > 0)
            {
            }
        }
    }

    [LoggerMessage(EventId = 1, Level = LogLevel.Debug, Message = "The server could not send itself its first requests; its first answers will be slow")]
    private static partial void LogFailed(ILogger logger, Exception fault);
}
