using System.Diagnostics.Metrics;
using Gateway.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Serving;
using Serving.Access;
using Serving.Sessions;

namespace Gateway.Tests.EndToEnd;

/// <summary>The whole standalone product in this process: gateway, engine and a model repository of its own in a temporary folder.</summary>
internal sealed class RunningServer : IAsyncDisposable
{
    private readonly WebApplication app;

    private RunningServer(string repository, WebApplication app)
    {
        Repository = repository;
        this.app = app;
        Client = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
        GrpcAddress = new Uri(app.Urls.Last());
    }

    public string Repository { get; }

    public HttpClient Client { get; }

    /// <summary>Its keys.</summary>
    public IAccessStore Access => app.Services.GetRequiredService<IAccessStore>();

    public Uri GrpcAddress { get; }

    public static Task<RunningServer> StartAsync(ControlMode mode, params string[] models) => StartAsync(mode, models, []);

    /// <summary>As above, with pairs of key and value under <c>Serving</c>.</summary>
    public static async Task<RunningServer> StartAsync(ControlMode mode, string[] models, params (string Key, string Value)[] settings)
    {
        var repository = Directory.CreateTempSubdirectory("serving-test-").FullName;
        foreach (var model in models) CopyFolder(Path.Combine(SampleModels.Repository, model), Path.Combine(repository, model));
        return await StartOnAsync(repository, mode, null, settings);
    }

    /// <summary>Starts on a repository that is there, which goes when the server does, and keeps its state in a directory.</summary>
    public static Task<RunningServer> StartOnAsync(
        string repository, ControlMode mode, string? data, params (string Key, string Value)[] settings) =>
        StartOnAsync(repository, mode, data, around: null, settings);

    /// <summary>As above, with something of the test's around each session.</summary>
    public static async Task<RunningServer> StartOnAsync(
        string repository, ControlMode mode, string? data, SessionWrapper? around, params (string Key, string Value)[] settings)
    {
        var options = new ServingOptions
        {
            ModelRepositories = [repository], ControlMode = mode, PollInterval = TimeSpan.FromMilliseconds(400), DataDirectory = data,
        };
        var builder = GatewayApplication.CreateBuilder(
            CommandLine.Parse(["--http-port", "0", "--grpc-port", "0"]), [.. settings.Select(s => KeyValuePair.Create($"Serving:{s.Key}", (string?)s.Value))]);

        // Numbers of its own: those of the whole process would show up in other tests' readers.
        builder.Services.AddSingleton(services =>
            LocalServing.Start(options, NullLoggerFactory.Instance, services.GetRequiredService<IMeterFactory>(), TimeProvider.System, around));
        builder.Services.AddSingleton(services => services.GetRequiredService<LocalServing>().Engine);
        builder.Services.AddSingleton(services => services.GetRequiredService<LocalServing>().Access);
        var app = builder.Build();
        await app.Services.GetRequiredService<LocalServing>().Started;
        app.UseGateway();
        await app.StartAsync();
        return new RunningServer(repository, app);
    }

    /// <summary>Copies a folder file by file, as <c>cp -r</c> does.</summary>
    public static void CopyFolder(string from, string to)
    {
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target, overwrite: true);
        }
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await app.DisposeAsync();
        Directory.Delete(Repository, recursive: true);
    }
}
