using System.Net;
using System.Security.Cryptography;
using Gateway.Access;
using Gateway.Access.Quotas;
using Gateway.Capture;
using Gateway.Grpc.Services;
using Gateway.Grpc.Transport;
using Gateway.Http;
using Gateway.Logs;
using Gateway.Metrics;
using Gateway.Settings;
using Gateway.Tracing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Serving;
using Serving.Access;
using Serving.Inference;

namespace Gateway.Hosting;

/// <summary>Puts the two protocols over the engine that is registered.</summary>
public static class GatewayComposition
{
    /// <summary>Answers all requests with the gateway over the registered <see cref="IServingEngine"/>.</summary>
    /// <exception cref="StartupFaultException">The server may not be started so.</exception>
    public static void UseGateway(this WebApplication app)
    {
        var services = app.Services;
        var parts = GatherParts(services);
        CheckDoor(parts);
        var resources = new CallResources
        {
            MaxMessageBytes = (int)Math.Min(parts.Options.MaxRequestBytes, int.MaxValue),
            MaxInflatedBytes = parts.Options.MaxDecompressedBytes,
            Budget = parts.Budget,
            Pool = TensorPool.Shared,
            Clock = parts.Clock,
            Instruments = parts.Instruments,
            Access = parts.Access,
            RequestLog = parts.RequestLog,
            Audit = parts.Audit,
            Stopping = app.Lifetime.ApplicationStopping,
        };
        var http = new RequestPipeline(
            GatewayOperations.Build(parts), parts, services.GetRequiredService<ILogger<RequestPipeline>>());
        var grpc = new GrpcPipeline(
            GrpcServices.Build(parts, services.GetRequiredService<ILogger<InferenceCalls>>()), resources,
            services.GetRequiredService<ILogger<GrpcPipeline>>());

        app.StartOtlp();

        // Each listener speaks one version of HTTP, so the version tells which it was.
        app.Run(context => HttpProtocol.IsHttp2(context.Request.Protocol) ? grpc.InvokeAsync(context) : http.InvokeAsync(context));
    }

    internal static GatewayParts GatherParts(IServiceProvider services)
    {
        var options = services.GetRequiredService<GatewayOptions>();
        var clock = services.GetRequiredService<TimeProvider>();
        var traces = services.GetRequiredService<TraceSettings>();
        var settings = new ServerSettings(services.GetRequiredService<LogSettings>(), traces);
        var inner = services.GetRequiredService<IServingEngine>();
        var rules = services.GetRequiredService<IReadOnlyList<CaptureRule>>();
        if (rules.Count > 0) inner = new CapturingEngine(inner, rules, services.GetRequiredService<CaptureFiles>(), clock);
        var engine = new TracedEngine(
            inner, traces, services.GetRequiredService<TraceFile>(), clock);
        var instruments = services.GetRequiredService<GatewayInstruments>();
        var keys = services.GetService<IAccessStore>();
        return new GatewayParts
        {
            Engine = engine,
            Options = options,
            Clock = clock,
            Ids = new RequestIds(BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong)))),
            Budget = new BodyBudget(options.MaxBufferedBytes),
            Instruments = instruments,
            Metrics = services.GetService<MetricReader>(),
            Access = new AccessControl(keys, options, instruments, clock),
            Quotas = new QuotaControl(keys, engine.Models, instruments, clock),
            Keys = keys,
            RequestLog = new RequestLog(options.RequestLogShare, services.GetRequiredService<ILogger<RequestLog>>()),
            Settings = settings,
            Audit = new AuditTrail(engine, settings, keys, services.GetRequiredService<ILogger<AuditTrail>>()),
        };
    }

    /// <summary>A server that others can reach and that asks nobody for a key must be meant.</summary>
    private static void CheckDoor(GatewayParts parts)
    {
        var (address, options) = (parts.Options.HttpAddress, parts.Options);
        if (!parts.Access.IsOpen || options.AllowAnonymous || address == "localhost" || IPAddress.IsLoopback(IPAddress.Parse(address))) return;
        throw new StartupFaultException(
        [
            $"--http-address {address} can be reached from other machines, and there is no API key, so that anybody could use and "
            + "change this server; make a key first (keys create), or start with --allow-anonymous",
        ]);
    }
}
