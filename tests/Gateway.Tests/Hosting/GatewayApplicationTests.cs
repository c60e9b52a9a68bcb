using System.Net;
using System.Net.Sockets;
using Gateway.Hosting;
using Gateway.Tests.Access;
using Gateway.Tests.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Serving;
using Serving.Access;

namespace Gateway.Tests.Hosting;

public sealed class GatewayApplicationTests
{
    [Theory]
    [InlineData("--help", 0)]
    [InlineData("--nope --http-port abc", 2)]
    [InlineData("--http-port -1", 2)]
    public async Task Run_WithoutAServer_HasExitCode(string arguments, int code) =>
        Assert.Equal(code, await GatewayApplication.RunAsync("test", arguments.Split(' '), _ => Assert.Fail("Not reached.")));

    [Fact]
    public async Task Run_ToldToStop_Exits0() => Assert.Equal(0, await RunAsync("--http-port", "0", "--grpc-port", "0"));

    [Theory]
    [InlineData("--http-port", "--grpc-port")]
    [InlineData("--grpc-port", "--http-port")]
    public async Task Run_PortTaken_Exits1(string flag, string other)
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();

        Assert.Equal(1, await RunAsync(flag, $"{((IPEndPoint)taken.LocalEndpoint).Port}", other, "0"));
    }

    [Fact]
    public async Task Run_AddressOfAnotherMachine_Exits1() => Assert.Equal(1, await RunAsync("--allow-anonymous", "--http-address", "192.0.2.1", "--http-port", "0", "--grpc-port", "0"));

    [Theory]
    [InlineData("0.0.0.0", false, false, 2)]
    [InlineData("::", false, false, 2)]
    [InlineData("0.0.0.0", true, false, 0)]
    [InlineData("0.0.0.0", false, true, 0)]
    [InlineData("127.0.0.2", false, false, 0)]
    public async Task Run_ReachableByOthers_NeedsAKeyOrToBeMeant(string address, bool allowed, bool hasKey, int code)
    {
        var store = new FakeAccessStore();
        if (hasKey) store.Add(AccessScope.Admin, revoked: true);
        string[] arguments = ["--http-address", address, "--http-port", "0", "--grpc-port", "0", .. allowed ? ["--allow-anonymous"] : (string[])[]];

        Assert.Equal(code, await GatewayApplication.RunAsync("test", arguments, builder =>
        {
            builder.Logging.ClearProviders();
            builder.Services.AddSingleton<IServingEngine>(new FakeEngine());
            builder.Services.AddSingleton<IAccessStore>(store);
            builder.Services.AddHostedService<StopAtOnce>();
        }));
    }

    [Fact]
    public void CreateBuilder_Always_WatchesNoFilesAndLooksBesideTheProgram()
    {
        var builder = GatewayApplication.CreateBuilder(CommandLine.Parse([]));

        Assert.Equal(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory), Path.TrimEndingDirectorySeparator(builder.Environment.ContentRootPath));
        Assert.All(((IConfigurationBuilder)builder.Configuration).Sources.OfType<JsonConfigurationSource>(), source => Assert.False(source.ReloadOnChange));
    }

    [Fact]
    public async Task Stop_RequestUnderWay_IsAnsweredFirst()
    {
        var entered = new TaskCompletionSource();
        var release = new TaskCompletionSource();
        var gateway = await RunningGateway.StartAsync();
        gateway.Engine.Infer = async (request, _) =>
        {
            entered.SetResult();
            await release.Task;
            return FakeEngine.Double(request);
        };
        using var connection = gateway.Connect();
        connection.Send(InferRequests.Http(InferRequests.Json));
        await entered.Task;

        var stopping = gateway.DisposeAsync();
        release.SetResult();

        Assert.Equal(200, connection.Receive().Status);
        await stopping;
    }

    [Fact]
    public async Task Connections_OverTheLimit_AreClosed()
    {
        await using var gateway = await RunningGateway.StartAsync(("MaxConnections", "1"));
        using var first = gateway.Connect();
        first.Send("GET /v2 HTTP/1.1\r\nHost: x\r\n\r\n");
        Assert.Equal(200, first.Receive().Status);

        using var second = gateway.Connect();

        Assert.True(second.IsAtEnd());
    }

    private static Task<int> RunAsync(params string[] arguments) => GatewayApplication.RunAsync("test", arguments, builder =>
    {
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton<IServingEngine>(new FakeEngine());
        builder.Services.AddHostedService<StopAtOnce>();
    });

    /// <summary>Tells the server to stop as soon as it has started.</summary>
    private sealed class StopAtOnce(IHostApplicationLifetime lifetime) : BackgroundService
    {
        protected override Task ExecuteAsync(CancellationToken stoppingToken)
        {
            lifetime.ApplicationStarted.Register(lifetime.StopApplication);
            return Task.CompletedTask;
        }
    }
}
