using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using Gateway.Metrics;
using Serving;
using Serving.Inference;
using Serving.Routing;
using Serving.Telemetry;

namespace Benchmarks.Load;

/// <summary>
/// What routing, statistics and metrics cost a request: the very calls that a request makes, with a reader of the metrics listening, in
/// a loop. They are a few hundred nanoseconds, far below what two runs of a whole server differ by from one to the next.
/// </summary>
internal static class Bookkeeping
{
    public const string Usage =
        """
        bookkeeping [--request-us 15]
          Nanoseconds of each part for one request that runs alone, and their share of a request of --request-us microseconds of CPU.
        """;

    /// <summary>Where the choice goes, so that making it is not left out.</summary>
    private static Outcome<RouteDecision> chosen;

    private const int Calls = 100_000;
    private const int Rounds = 40;

    public static string Run(Arguments arguments)
    {
        var counters = new VersionCounters();
        var routes = ModelRoutes.Compile("iris", new ModelVersions(["1"]), null, 1);
        var route = routes.Choose(null, null, 1).Value;

        var routing = Nanoseconds(() => chosen = routes.Choose(null, null, 1));
        var statistics = Nanoseconds(() =>
        {
            counters.Ran(1, 100, 2_000, 100, 1_700_000_000_000);
            counters.Succeeded(1, 2_500, 300, 100, 2_000, 100);
        });
        var metrics = Metrics(route);
        var share = (routing + statistics + metrics) / (arguments.Number("request-us", 15) * 1e3) * 100;
        return string.Create(CultureInfo.InvariantCulture,
            $"routing_ns={routing:F0} statistics_ns={statistics:F0} metrics_ns={metrics:F0} share_percent={share:F2}");
    }

    /// <summary>Nanoseconds of a request's metrics beside a reader that keeps them.</summary>
    private static double Metrics(RouteDecision route)
    {
        using var meters = new OwnMeters();
        using var reader = new PrometheusReader(meters, examples: false);
        using var engine = new ServingInstruments(meters);
        var gateway = new GatewayInstruments(meters);
        var version = engine.For("iris", "1");
        var took = TimeSpan.FromMicroseconds(12);
        return Nanoseconds(() =>
        {
            version.Ran(1, took);
            version.Routed(route);
            version.Succeeded(took, took);
            gateway.Began(GatewayInstruments.Http);
            gateway.Received(GatewayInstruments.Http, 82);
            gateway.Sent(GatewayInstruments.Http, 160);
            gateway.Ended(GatewayInstruments.Http, "infer", GatewayInstruments.Ok, took);
        });
    }

    /// <summary>The least of some rounds: what disturbs only ever adds.</summary>
    private static double Nanoseconds(Action call)
    {
        var least = double.MaxValue;
        for (var round = 0; round < Rounds; round++)
        {
            var began = Stopwatch.GetTimestamp();
            for (var i = 0; i < Calls; i++) call();
            least = Math.Min(least, Stopwatch.GetElapsedTime(began).TotalNanoseconds / Calls);
        }

        return least;
    }

    private sealed class OwnMeters : IMeterFactory
    {
        private readonly List<Meter> made = [];

        public Meter Create(MeterOptions options)
        {
            var meter = new Meter(new MeterOptions(options.Name) { Scope = this });
            made.Add(meter);
            return meter;
        }

        public void Dispose() => made.ForEach(meter => meter.Dispose());
    }
}
