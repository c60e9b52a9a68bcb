using System.Diagnostics.Metrics;
using System.Security.Cryptography;
using Gateway.Access;
using Gateway.Access.Tokens;
using Gateway.Access.Quotas;
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
using Microsoft.Extensions.Logging;
using Serving;
using Serving.Access;
using Serving.Access.Policy;
using Serving.Access.Quotas;
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
        new DoorCheck(parts.Options, services.GetRequiredService<AccessPolicy>(), parts.Keys).Check();
        var resources = new CallResources
        {
            MaxMessageBytes = (int)Math.Min(parts.Options.MaxRequestBytes, int.MaxValue),
            Inflation = parts.Options.Inflation,
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

        app.Run(context => IsGrpcPort(context) ? grpc.InvokeAsync(context) : http.InvokeAsync(context));
        if (services.GetService<Rehearsal>() is { } rehearsal) _ = rehearsal.ReportAsync(services.GetRequiredService<ILogger<Rehearsal>>());
    }

    /// <summary>The version is asked first, since it is at hand.</summary>
    private static bool IsGrpcPort(HttpContext context) =>
        HttpProtocol.IsHttp2(context.Request.Protocol) && context.Features.Get<GrpcPort>() is not null;

    internal static GatewayParts GatherParts(IServiceProvider services)
    {
        var options = services.GetRequiredService<GatewayOptions>();
        var clock = services.GetRequiredService<TimeProvider>();
        var traces = services.GetRequiredService<TraceSettings>();
        var settings = new ServerSettings(services.GetRequiredService<LogSettings>(), traces);
        var inner = services.GetRequiredService<IServingEngine>();
        var rules = services.GetRequiredService<IReadOnlyList<CaptureRule>>();
        if (rules.Count > 0) inner = new CapturingEngine(inner, rules, services.GetRequiredService<CaptureFiles>(), clock);
        if (services.GetService<Rehearsal>() is { } rehearsal) inner = new RehearsedEngine(inner, rehearsal);
        var engine = new TracedEngine(inner, traces, services.GetRequiredService<TraceFile>(), clock);
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
            Metrics = services.GetService<PrometheusReader>(),
            DriftNumbers = services.GetRequiredService<DriftNumbers>(),
            Access = BuildAccess(services, keys, options),
            Quotas = new QuotaControl(keys, engine.Models, instruments, clock, services.GetService<IQuotaLender>()),
            Keys = keys,
            RequestLog = new RequestLog(options.RequestLogShare, services.GetRequiredService<ILogger<RequestLog>>()),
            OfProgram = [.. services.GetServices<ProgramOperation>()],
            Settings = settings,
            Audit = new AuditTrail(engine, settings, keys, services.GetRequiredService<ILogger<AuditTrail>>()),
        };
    }

    private static AccessControl BuildAccess(IServiceProvider services, IAccessStore? keys, GatewayOptions options)
    {
        var (policy, clock) = (services.GetRequiredService<AccessPolicy>(), services.GetRequiredService<TimeProvider>());
        var certificates = policy.Certificates.Count > 0 ? new CertificateCheck(policy.Certificates) : null;
        var tokens = policy.Tokens is { } issuer ? new TokenCheck(issuer, services.GetRequiredService<SigningKeys>(), clock) : null;
        return new AccessControl(keys, certificates, tokens, options, services.GetRequiredService<GatewayInstruments>(), clock);
    }
}
