using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Gateway.Access.Tokens;
using Gateway.Capture;
using Gateway.Grpc.Services;
using Gateway.Grpc.Transport;
using Gateway.Http;
using Gateway.Logs;
using Gateway.Metrics;
using Gateway.Rehearsals;
using Gateway.Settings;
using Gateway.Tracing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Serving;
using Serving.Access.Policy;
using Serving.Inference;

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
    /// <param name="extra">Settings of this program alone.</param>
    public static async Task<int> RunAsync(
        string program, string[] arguments, Action<WebApplicationBuilder> addEngine, params IReadOnlyList<Setting> extra)
    {
        InlineSocketCompletions();
        var commandLine = CommandLine.Parse(arguments, extra);
        if (commandLine.WantsHelp)
        {
            Console.Out.Write(HelpText.Render(program, extra));
            return Success;
        }

        var rehearsal = new Rehearsal();
        rehearsal.Begin();
        try
        {
            var builder = CreateBuilder(commandLine);
            builder.Services.AddSingleton(rehearsal);
            addEngine(builder);

            // Behind whatever the engine starts first, and so knows then; before the web server.
            builder.Services.AddHostedService<DoorCheck>();
            await using var app = builder.Build();
            app.UseGateway();
            await StartAsync(app);
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

    /// <summary>
    /// Lets a socket's completions run on the thread that sees them instead of on the pool. The runtime reads this once, before the
    /// first socket; it is the process's affair, so only a program of our own sets it, and never over what the user set.
    /// </summary>
    private static void InlineSocketCompletions()
    {
        const string Name = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";
        if (Environment.GetEnvironmentVariable(Name) is null) Environment.SetEnvironmentVariable(Name, "1");
    }

    /// <summary>What has started already, such as a silo, leaves in order when the server may not go on.</summary>
    private static async Task StartAsync(WebApplication app)
    {
        try
        {
            await app.StartAsync();
        }
        catch (StartupFaultException)
        {
            await app.StopAsync();
            throw;
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
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(new TraceSettings(options.TraceFile));
        builder.Services.AddSingleton(services => new TraceFile(
            options.TraceFile, TraceFile.MostBytes, services.GetRequiredService<ILogger<TraceFile>>()));
        builder.Services.AddMetrics();
        builder.Services.AddSingleton<GatewayInstruments>();
        builder.Services.AddSingleton<DriftNumbers>();
        if (options.Metrics) builder.Services.AddSingleton(services => new PrometheusReader(
            services.GetRequiredService<IMeterFactory>(), examples: options.OtlpEndpoint.Length > 0));
        builder.AddOtlp(options);
        builder.Services.AddSingleton<IReadOnlyList<CaptureRule>>(
            [.. ServingConfiguration.List(builder.Configuration, "Captures").Select(text => CaptureRule.Parse(text)!)]);
        builder.Services.AddSingleton(services => new CaptureFiles(
            options.CaptureDir, options.CaptureFileBytes, options.CaptureFiles, services.GetRequiredService<GatewayInstruments>(),
            services.GetRequiredService<ILogger<CaptureFiles>>()));
        builder.AddAccessPolicy(options);
        builder.AddLog();
        builder.AddKestrel(options);
        return builder;
    }

    private static void AddAccessPolicy(this WebApplicationBuilder builder, GatewayOptions options)
    {
        var policy = ReadPolicy(options.AccessPolicy);
        if (policy.Certificates.Count > 0 && options.TlsClientCa.Length == 0)
            throw new StartupFaultException([$"--access-policy {options.AccessPolicy} has certificates, which need --tls-client-ca"]);
        builder.Services.AddSingleton(policy);
        if (policy.Tokens is not { } issuer) return;
        builder.Services.AddSingleton(issuer);
        builder.Services.AddSingleton<SigningKeys>();
        builder.Services.AddHostedService(services => services.GetRequiredService<SigningKeys>());
    }

    private static AccessPolicy ReadPolicy(string file)
    {
        if (file.Length == 0) return AccessPolicy.None;
        return AccessPolicyJson.Read(File.ReadAllBytes(file)).TryGetValue(out var policy, out var error)
            ? policy
            : throw new StartupFaultException([$"--access-policy {file}: {error.Message}"]);
    }

    /// <summary>Tells where the server listens: to people as it is, to programs as one of the log's lines.</summary>
    private static void Announce(WebApplication app)
    {
        foreach (var (address, protocol) in app.Urls.Zip(KestrelSetup.Protocols))
        {
            if (LoggingSetup.IsForPrograms(app.Configuration)) LogListening(app.Logger, address, protocol);
            else Console.Out.WriteLine($"Listening on {address} ({protocol})");
        }
    }

    [LoggerMessage(EventId = 1, Level = LogLevel.Information, Message = "Listening on {Address} ({Protocol})")]
    private static partial void LogListening(ILogger logger, string address, string protocol);
}
