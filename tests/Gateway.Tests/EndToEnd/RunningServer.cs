using Gateway.Hosting;
using Gateway.Tests.Metrics;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging.Abstractions;
using Serving;

namespace Gateway.Tests.EndToEnd;

/// <summary>The whole standalone product in this process: gateway, engine and a model repository of its own in a temporary folder.</summary>
internal sealed class RunningServer : IAsyncDisposable
{
    private readonly LocalServing serving;
    private readonly WebApplication app;

    private RunningServer(string repository, LocalServing serving, WebApplication app)
    {
        Repository = repository;
        this.serving = serving;
        this.app = app;
        Client = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
    }

    public string Repository { get; }

    public HttpClient Client { get; }

    public static async Task<RunningServer> StartAsync(ControlMode mode, params string[] models)
    {
        var repository = Directory.CreateTempSubdirectory("serving-test-").FullName;
        foreach (var model in models) CopyFolder(Path.Combine(SampleModels.Repository, model), Path.Combine(repository, model));
        return await StartOnAsync(repository, mode, null);
    }

    /// <summary>Starts on a repository that is there, which goes when the server does, and keeps its state in a directory.</summary>
    public static async Task<RunningServer> StartOnAsync(string repository, ControlMode mode, string? data)
    {
        // Numbers of its own: those of the whole process would show up in other tests' readers.
        var meters = new FakeMeters();
        var serving = LocalServing.Start(
            new ServingOptions { ModelRepositories = [repository], ControlMode = mode, PollInterval = TimeSpan.FromMilliseconds(400), DataDirectory = data },
            NullLoggerFactory.Instance, meters);
        var builder = GatewayApplication.CreateBuilder(CommandLine.Parse(["--http-port", "0", "--grpc-port", "0"]));
        var app = GatewayApplication.Build(builder, serving.Engine);
        await app.StartAsync();
        await serving.Started;
        return new RunningServer(repository, serving, app);
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
        await serving.DisposeAsync();
        Directory.Delete(Repository, recursive: true);
    }
}
