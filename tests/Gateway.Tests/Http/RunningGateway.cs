using Gateway.Grpc.Services;
using Gateway.Grpc.Transport;
using Gateway.Hosting;
using Gateway.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Serving.Access;

namespace Gateway.Tests.Http;

/// <summary>The gateway over a <see cref="FakeEngine"/>, on a free port of the loopback.</summary>
internal sealed class RunningGateway : IAsyncDisposable
{
    private readonly WebApplication app;

    private RunningGateway(WebApplication app, FakeEngine engine, RecordedLog log)
    {
        this.app = app;
        Engine = engine;
        Log = log;
        Address = new Uri(app.Urls.First());
        GrpcAddress = new Uri(app.Urls.Last());
        Client = new HttpClient { BaseAddress = Address };
    }

    public FakeEngine Engine { get; }

    public RecordedLog Log { get; }

    public Uri Address { get; }

    public Uri GrpcAddress { get; }

    public HttpClient Client { get; }

    /// <summary>Every path and verb that it has.</summary>
    public IReadOnlyList<Operation> Operations => GatewayOperations.Build(GatewayComposition.GatherParts(app.Services)).All;

    /// <summary>Every procedure that it has.</summary>
    public IReadOnlyCollection<GrpcMethod> Methods =>
        GrpcServices.Build(GatewayComposition.GatherParts(app.Services), NullLogger<InferenceCalls>.Instance).All;

    /// <param name="settings">Pairs of key and value under <c>Serving</c>.</param>
    public static Task<RunningGateway> StartAsync(params (string Key, string Value)[] settings) =>
        StartAsync(TimeProvider.System, settings);

    public static Task<RunningGateway> StartAsync(TimeProvider clock, params (string Key, string Value)[] settings) =>
        StartAsync(clock, null, settings);

    public static Task<RunningGateway> StartAsync(IAccessStore store, params (string Key, string Value)[] settings) =>
        StartAsync(TimeProvider.System, store, settings);

    public static Task<RunningGateway> StartAsync(IAccessStore store, TimeProvider clock, params (string Key, string Value)[] settings) =>
        StartAsync(clock, store, settings);

    /// <summary>With a page of its own, as one edition has beside what both have.</summary>
    public static Task<RunningGateway> StartAsync(IAccessStore store, ProgramOperation page, params (string Key, string Value)[] settings) =>
        StartAsync(TimeProvider.System, store, settings, page);

    /// <summary>By a command line, which names the ports too.</summary>
    public static Task<RunningGateway> StartWithAsync(params string[] arguments) => StartAsync(TimeProvider.System, null, [], null, arguments);

    private static async Task<RunningGateway> StartAsync(
        TimeProvider clock, IAccessStore? store, (string Key, string Value)[] settings, ProgramOperation? page = null, params string[] arguments)
    {
        if (arguments.Length == 0) arguments = ["--http-port", "0", "--grpc-port", "0"];
        var builder = GatewayApplication.CreateBuilder(
            CommandLine.Parse(arguments), [.. settings.Select(s => KeyValuePair.Create($"Serving:{s.Key}", (string?)s.Value))]);
        builder.Services.AddSingleton(clock);
        if (store is not null) builder.Services.AddSingleton(store);
        if (page is not null) builder.Services.AddSingleton(page);
        var log = new RecordedLog();
        builder.Logging.ClearProviders();
        builder.Logging.AddProvider(log);
        var engine = new FakeEngine();
        var app = GatewayApplication.Build(builder, engine);
        await app.StartAsync();
        return new RunningGateway(app, engine, log);
    }

    public RawConnection Connect() => RawConnection.Open(Address.Port);

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        using var hurry = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        await app.StopAsync(hurry.Token);
        await app.DisposeAsync();
    }
}
