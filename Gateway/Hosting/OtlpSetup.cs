using System.Diagnostics.Metrics;
using Gateway.Metrics;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Serving.Telemetry;

namespace Gateway.Hosting;

/// <summary>Sends spans and numbers to an OpenTelemetry collector, where one is named; nothing of it exists otherwise.</summary>
internal static class OtlpSetup
{
    private const string Service = "orleans-serving";

    public static void AddOtlp(this WebApplicationBuilder builder, GatewayOptions options)
    {
        if (options.OtlpEndpoint.Length == 0) return;
        builder.Services.AddSingleton(_ => Sdk.CreateTracerProviderBuilder()
            .ConfigureResource(Describe)
            .AddSource(ServingTraces.SourceName, "Microsoft.Orleans.Runtime", "Microsoft.Orleans.Application")
            .SetSampler(new ParentBasedSampler(new TraceIdRatioBasedSampler(options.OtlpTraceRatio)))
            .AddOtlpExporter(otlp => Aim(otlp, options, "v1/traces"))
            .Build());
        if (options.OtlpMetricsSecs == 0) return;
        builder.Services.AddSingleton(services => PrometheusReader.Listen(services.GetRequiredService<IMeterFactory>(), examples: true)
            .ConfigureResource(Describe)
            .AddOtlpExporter((otlp, reader) =>
            {
                Aim(otlp, options, "v1/metrics");
                reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds = options.OtlpMetricsSecs * 1000;
            })
            .Build());
    }

    /// <summary>Begins to send; what was made so ends with the server, and sends the rest then.</summary>
    public static void StartOtlp(this WebApplication app)
    {
        app.Services.GetService<TracerProvider>();
        app.Services.GetService<MeterProvider>();
    }

    private static void Describe(ResourceBuilder resource) => resource.AddService(
        Environment.GetEnvironmentVariable("OTEL_SERVICE_NAME") ?? Service, serviceVersion: Http.ServerOperations.Version);

    private static void Aim(OtlpExporterOptions otlp, GatewayOptions options, string path)
    {
        var isHttp = options.OtlpProtocol == "http";
        otlp.Protocol = isHttp ? OtlpExportProtocol.HttpProtobuf : OtlpExportProtocol.Grpc;
        otlp.Endpoint = isHttp ? new Uri(new Uri(options.OtlpEndpoint.TrimEnd('/') + "/"), path) : new Uri(options.OtlpEndpoint);
    }
}
