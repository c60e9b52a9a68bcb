using System.Net.Sockets;
using System.Security.Cryptography;
using Gateway.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Serving;

namespace Gateway.Hosting;

/// <summary>
/// Puts a server process together: command line, configuration, log, web server, paths. What both editions share; each adds its
/// engine.
/// </summary>
public static partial class GatewayApplication
{
    private const int Success = 0;
    private const int Failure = 1;
    private const int Misuse = 2;

    /// <summary>
    /// Runs until the process is told to stop. Returns the exit code: 0, 1 when it could not start, 2 for a mistake in the
    /// command line or configuration, told on the error stream, one line each.
    /// </summary>
    /// <param name="program">The program's name in the help.</param>
    /// <param name="arguments">The command line.</param>
    /// <param name="addEngine">Registers the <see cref="IServingEngine"/>; the configuration has been read and checked.</param>
    public static async Task<int> RunAsync(string program, string[] arguments, Action<WebApplicationBuilder> addEngine)
    {
        var commandLine = CommandLine.Parse(arguments);
        if (commandLine.WantsHelp)
        {
            Console.Out.Write(HelpText.Render(program));
            return Success;
        }

        try
        {
            var builder = CreateBuilder(commandLine);
            addEngine(builder);
            await using var app = builder.Build();
            app.UseGateway();
            await app.StartAsync();
            Announce(app);
            await app.WaitForShutdownAsync();
            return Success;
        }
        catch (StartupFaultException faults)
        {
            foreach (var fault in faults.Faults) Console.Error.WriteLine($"{program}: {fault}");
            if (commandLine.Faults.Count > 0) Console.Error.WriteLine($"{program}: --help lists the flags");
            return Misuse;
        }
        catch (Exception fault) when (fault is IOException or SocketException)
        {
            // What commonly fails after the checks: the port is taken, the address is another machine's.
            Console.Error.WriteLine($"{program}: {fault.Message}");
            return Failure;
        }
    }

    /// <summary>A server over an engine that exists already: for embedding, notebooks and tests. Not started yet.</summary>
    public static WebApplication Build(WebApplicationBuilder builder, IServingEngine engine)
    {
        builder.Services.AddSingleton(engine);
        var app = builder.Build();
        app.UseGateway();
        return app;
    }

    /// <summary>
    /// Everything but the engine. Throws <see cref="StartupFaultException"/> with all faults of flags and values.
    /// </summary>
    /// <param name="commandLine">Stands over environment and <c>appsettings.json</c>.</param>
    /// <param name="settings">Configuration of an embedding program: over the environment, under the flags.</param>
    public static WebApplicationBuilder CreateBuilder(
        CommandLine commandLine, params IEnumerable<KeyValuePair<string, string?>> settings)
    {
        // An empty builder, and the content root beside the program: the default builder watches the content root for
        // changes, and walks a whole disk at start when the working directory is '/'.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        ServingConfiguration.Load(builder.Configuration, commandLine, settings);
        var options = GatewayOptions.Read(builder.Configuration);
        builder.Services.AddSingleton(options);
        builder.AddLog();
        builder.AddKestrel(options);
        return builder;
    }

    /// <summary>Answers all requests with the gateway over the registered <see cref="IServingEngine"/>.</summary>
    public static void UseGateway(this WebApplication app)
    {
        var services = app.Services;
        var ids = new RequestIds(BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong))));
        var operations = GatewayOperations.Build(
            services.GetRequiredService<IServingEngine>(), services.GetRequiredService<GatewayOptions>(), ids);
        var pipeline = new RequestPipeline(operations, services.GetRequiredService<ILogger<RequestPipeline>>());
        app.Run(pipeline.InvokeAsync);
    }

    /// <summary>Tells where the server listens: to people as it is, to programs as one of the log's lines.</summary>
    private static void Announce(WebApplication app)
    {
        foreach (var address in app.Urls)
        {
            if (LoggingSetup.IsForPrograms(app.Configuration)) LogListening(app.Logger, address);
            else Console.Out.WriteLine($"Listening on {address}");
        }
    }

    [LoggerMessage(EventId = 1, Level = LogLevel.Information, Message = "Listening on {Address}")]
    private static partial void LogListening(ILogger logger, string address);
}
