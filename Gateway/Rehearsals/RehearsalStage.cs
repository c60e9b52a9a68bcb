using Gateway.Access;
using Gateway.Access.Quotas;
using Gateway.Hosting;
using Gateway.Http;
using Gateway.Logs;
using Gateway.Metrics;
using Gateway.Settings;
using Gateway.Tracing;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gateway.Rehearsals;

/// <summary>What a rehearsal is answered by: the operations that the server has, over what counts for nobody.</summary>
internal sealed class RehearsalStage : IDisposable
{
    private readonly RehearsalMeters meters = new();
    private readonly PrometheusReader metrics;
    private readonly RequestPipeline pipeline;

    public RehearsalStage()
    {
        var (options, clock, traces) = (new GatewayOptions(), TimeProvider.System, new TraceSettings(""));
        var engine = new TracedEngine(new RehearsalEngine(), traces, new TraceFile("", TraceFile.MostBytes, NullLogger<TraceFile>.Instance), clock);
        var instruments = new GatewayInstruments(meters);
        var settings = new ServerSettings(new LogSettings(forPrograms: false), traces);
        metrics = new PrometheusReader(meters, examples: false, mostSeries: 10);
        var parts = new GatewayParts
        {
            Engine = engine,
            Options = options,
            Clock = clock,
            Ids = new RequestIds(0),
            Budget = new BodyBudget(options.MaxBufferedBytes),
            Instruments = instruments,
            Metrics = metrics,
            DriftNumbers = new DriftNumbers(engine, meters, clock),
            Access = new AccessControl(null, null, null, options, instruments, clock),
            Quotas = new QuotaControl(null, engine.Models, instruments, clock),
            Keys = null,
            RequestLog = new RequestLog(0, NullLogger<RequestLog>.Instance),
            OfProgram = [],
            Settings = settings,
            Audit = new AuditTrail(engine, settings, null, NullLogger<AuditTrail>.Instance),
        };
        pipeline = new RequestPipeline(GatewayOperations.Build(parts), parts, NullLogger<RequestPipeline>.Instance);
    }

    public Task AnswerAsync(HttpContext context) => pipeline.InvokeAsync(context);

    public void Dispose()
    {
        // A reader that ends reads once more what there is to observe, which is to be nothing: the engine here has no drift.
        meters.Dispose();
        metrics.Dispose();
    }
}
