using System.Diagnostics.Metrics;
using Gateway.Access;
using Gateway.Http;
using Serving.Telemetry;

namespace Gateway.Metrics;

/// <summary>
/// Every instrument of the gateway and its unit. Labels are protocols, operations and codes of our own tables, never what a caller
/// sent: a path or model that does not exist makes no series.
/// </summary>
internal sealed class GatewayInstruments
{
    public const string MeterName = "OrleansServing.Gateway";

    public const string Http = "http";
    public const string Grpc = "grpc";

    /// <summary>The operation of requests that found none.</summary>
    public const string NoOperation = "none";

    /// <summary>The code of requests that were answered as asked.</summary>
    public const string Ok = "ok";

    /// <summary>The code of requests whose caller did not wait for the answer.</summary>
    public const string CallerGone = "caller_gone";

    public static readonly InstrumentRow Requests = new(
        "serving.requests", InstrumentKind.Counter, "{request}", "Requests answered, by the code of the error document or ok",
        "protocol", "operation", "code");

    public static readonly InstrumentRow Duration = new(
        "serving.request.duration", InstrumentKind.Histogram, "s", "Time from a request's headers to its answer",
        "protocol", "operation") { Bounds = BucketBounds.Seconds };

    public static readonly InstrumentRow Active = new(
        "serving.requests.active", InstrumentKind.Gauge, "{request}", "Requests under way",
        "protocol");

    public static readonly InstrumentRow Transferred = new(
        "serving.transfer", InstrumentKind.Counter, "By", "Bytes of bodies, as sent",
        "protocol", "direction");

    public static readonly InstrumentRow AccessRefused = new(
        "serving.access.refused", InstrumentKind.Counter, "{request}", "Requests that were not let in, by why",
        "reason");

    public static readonly InstrumentRow QuotaRefused = new(
        "serving.quota.refused", InstrumentKind.Counter, "{request}", "Requests refused for a limit, by whose limit and what it counts",
        "scope", "limit");

    public static readonly InstrumentRow CapturedRequests = new(
        "serving.capture.records", InstrumentKind.Counter, "{request}", "Requests captured to files, by whether they were written or lost",
        "model", "outcome");

    public static readonly InstrumentRow Build = new(
        "serving.build.info", InstrumentKind.Gauge, "", "1, for the version that runs",
        "version");

    /// <summary>All rows, for dashboards and documentation.</summary>
    public static readonly IReadOnlyList<InstrumentRow> All =
        [Requests, Duration, Active, Transferred, AccessRefused, QuotaRefused, CapturedRequests, Build];

    private static readonly string[] FaultNames = [.. Enum.GetNames<AccessFault>().Select(name => name.ToLowerInvariant())];

    private readonly RequestNumbers requests;
    private readonly Counter<long> accessRefused;
    private readonly Counter<long> quotaRefused;
    private readonly Counter<long> captured;
    private readonly StripedCount receivedHttp = new();
    private readonly StripedCount receivedGrpc = new();
    private readonly StripedCount sentHttp = new();
    private readonly StripedCount sentGrpc = new();
    private readonly StripedCount activeHttp = new();
    private readonly StripedCount activeGrpc = new();

    public GatewayInstruments(IMeterFactory meters)
    {
        var meter = meters.Create(new MeterOptions(MeterName));
        requests = new RequestNumbers(Duration.CreateHistogram(meter));
        Requests.Observe(meter, requests.Read);
        accessRefused = AccessRefused.CreateCounter(meter);
        quotaRefused = QuotaRefused.CreateCounter(meter);
        captured = CapturedRequests.CreateCounter(meter);
        Active.Observe(meter, () =>
        [
            new(activeHttp.Value, new KeyValuePair<string, object?>("protocol", Http)),
            new(activeGrpc.Value, new KeyValuePair<string, object?>("protocol", Grpc)),
        ]);
        Transferred.Observe(meter, () =>
        [
            Bytes(receivedHttp, Http, "in"), Bytes(sentHttp, Http, "out"), Bytes(receivedGrpc, Grpc, "in"), Bytes(sentGrpc, Grpc, "out"),
        ]);
        Build.Observe(meter, () => [new(1, new KeyValuePair<string, object?>("version", ServerOperations.Version))]);
    }

    public void Began(string protocol) => ActiveOf(protocol).Add(1);

    public void Ended(string protocol, string operation, string code, TimeSpan took)
    {
        ActiveOf(protocol).Add(-1);
        requests.Ended(protocol, operation, code, took);
    }

    /// <summary>A request that was refused before there was anything to begin.</summary>
    public void Count(string protocol, string operation, string code) => requests.Count(protocol, operation, code);

    // Each request adds to these twice, and nobody needs to hear of it before somebody looks.
    public void Received(string protocol, long bytes) => (ReferenceEquals(protocol, Http) ? receivedHttp : receivedGrpc).Add(bytes);

    public void Sent(string protocol, long bytes) => (ReferenceEquals(protocol, Http) ? sentHttp : sentGrpc).Add(bytes);

    public void Refused(AccessFault fault) =>
        accessRefused.Add(1, new KeyValuePair<string, object?>("reason", FaultNames[(int)fault]));

    public void OverQuota(string scope, string limit) => quotaRefused.Add(1, new("scope", scope), new("limit", limit));

    public void Captured(string model, bool written) => captured.Add(1, new("model", model), new("outcome", written ? "written" : "lost"));

    private static Measurement<long> Bytes(StripedCount bytes, string protocol, string direction) =>
        new(bytes.Value, new("protocol", protocol), new KeyValuePair<string, object?>("direction", direction));

    private StripedCount ActiveOf(string protocol) => ReferenceEquals(protocol, Http) ? activeHttp : activeGrpc;
}
