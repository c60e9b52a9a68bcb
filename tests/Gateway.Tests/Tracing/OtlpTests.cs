using System.Globalization;
using System.Text.RegularExpressions;
using Gateway.Grpc.Messages;
using Gateway.Tests.EndToEnd;
using Gateway.Tests.Grpc;
using Gateway.Tests.Http;
using Serving;

namespace Gateway.Tests.Tracing;

[Collection(nameof(OneListener))]
public sealed class OtlpTests
{
    private static readonly string[] Stages = ["read", "route", "queue", "compute", "write"];

    private const string Parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    [Fact]
    public async Task Requests_Traced_HaveStagesThatAddUp()
    {
        const int rounds = 11;
        const int count = 20;
        await using var receiver = await OtlpReceiver.StartAsync();
        var sums = new double[rounds + 1];
        await using (var server = await RunningServer.StartAsync(
            ControlMode.None, ["iris"], ("OtlpEndpoint", receiver.Url), ("OtlpProtocol", "http"), ("OtlpTraceRatio", "1")))
        {
            for (var round = 1; round <= rounds; round++)
            {
                for (var i = 0; i < count; i++) (await server.Client.PostAsync("/v2/models/iris/infer", LargeBody())).EnsureSuccessStatusCode();
                sums[round] = Sum(await server.Client.GetStringAsync("/metrics"));
            }
        }

        var stages = receiver.Spans.ToLookup(span => span.Parent);
        var requests = receiver.Spans.Where(span => span.Name == "infer" && span.Attributes.GetValueOrDefault("serving.model") == "iris")
            .OrderBy(span => span.Start).ToList();
        Assert.Equal(rounds * count, requests.Count);
        foreach (var request in requests)
        {
            var own = stages[request.Id].OrderBy(span => span.Start).ThenBy(span => span.End).ToList();
            Assert.Equal(Stages, own.Select(stage => stage.Name));
            Assert.InRange(own.Sum(stage => stage.Seconds), request.Seconds * 0.95, request.Seconds * 1.05);
            Assert.All(own, stage => Assert.Equal(request.Trace, stage.Trace));
            Assert.Equal("2", request.Attributes["serving.version"]);
        }

        // And to what the pipeline's own clock says, from the headers to the answer. A busy machine may stop the thread between the
        // two clocks, and the first requests are compiled there: the middle one of the rounds counts.
        var ratios = requests.Chunk(count).Select((round, i) =>
            round.Sum(request => stages[request.Id].Sum(stage => stage.Seconds)) / (sums[i + 1] - sums[i])).Order().ToArray();
        Assert.InRange(ratios[rounds / 2], 0.95, 1.05);
    }

    [Fact]
    public async Task Context_OfTheCaller_IsContinuedAndAnswered()
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        await using (var gateway = await StartAsync(receiver, "0"))
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/v2/models/double/infer") { Content = Double() };
            request.Headers.Add("traceparent", Parent);
            using var response = await gateway.Client.SendAsync(request);
            Assert.StartsWith("00-4bf92f3577b34da6a3ce929d0e0e4736-", response.Headers.GetValues("traceresponse").Single());

            using var client = new GrpcClient(gateway.GrpcAddress);
            var reply = await client.CallAsync("ModelInfer", Infers.Raw(1, 2), ("traceparent", Parent));
            Assert.StartsWith("00-4bf92f3577b34da6a3ce929d0e0e4736-", reply.Metadata["traceresponse"]);
            using var stream = new GrpcStream(client, "ModelStreamInfer", ("traceparent", Parent));
            await stream.SendAsync(Infers.Raw(1, 2));
            await stream.ReceiveAsync(ModelStreamInferResponse.Parser);
            await stream.EndSendingAsync();
            await stream.EndAsync();

            // Without a context of the caller's, the ratio of 0 decides.
            Assert.False((await gateway.Client.PostAsync("/v2/models/double/infer", Double())).Headers.Contains("traceresponse"));
        }

        var mine = receiver.Spans.Where(span => span.Trace == "4bf92f3577b34da6a3ce929d0e0e4736").ToList();
        Assert.Equal(3, mine.Count(span => span.Name == "infer"));
        Assert.Equal(3, mine.Count(span => span.Parent == "00f067aa0ba902b7"));
        var stream_ = mine.Single(span => span.Name == "infer_stream");
        var message = mine.Single(span => span.Parent == stream_.Id && span.Name == "infer");
        Assert.Equal(Stages, mine.Where(span => span.Parent == message.Id).OrderBy(span => span.Start).ThenBy(span => span.End).Select(span => span.Name));
    }

    [Fact]
    public async Task Buckets_OfTracedRequests_HaveExemplars()
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        await using var server = await RunningServer.StartAsync(
            ControlMode.None, ["iris"], ("OtlpEndpoint", receiver.Url), ("OtlpProtocol", "http"), ("OtlpTraceRatio", "1"));
        using var infer = new HttpRequestMessage(HttpMethod.Post, "/v2/models/iris/infer") { Content = Body() };
        infer.Headers.Add("traceparent", Parent);
        await server.Client.SendAsync(infer);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics");
        request.Headers.TryAddWithoutValidation("Accept", "application/openmetrics-text");

        var text = await (await server.Client.SendAsync(request)).Content.ReadAsStringAsync();

        foreach (var name in new[] { "serving_request_duration_seconds", "serving_inference_duration_seconds", "serving_inference_queue_duration_seconds" })
            Assert.Matches($$"""{{name}}_bucket\{[^}]*\} \d+ # \{trace_id="4bf92f3577b34da6a3ce929d0e0e4736",span_id="[0-9a-f]{16}"\} """, text);
    }

    [Fact]
    public async Task Spans_OverGrpc_Arrive()
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        await using (var gateway = await RunningGateway.StartAsync(("OtlpEndpoint", receiver.GrpcUrl), ("OtlpTraceRatio", "1")))
            await gateway.Client.PostAsync("/v2/models/double/infer", Double());

        Assert.Contains(receiver.Spans, span => span.Name == "infer");
        Assert.Contains("serving.requests", receiver.Metrics);
    }

    [Fact]
    public async Task Metrics_AreSentToo()
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        await using (var gateway = await StartAsync(receiver, "1"))
            await gateway.Client.PostAsync("/v2/models/double/infer", Double());

        Assert.Contains("serving.request.duration", receiver.Metrics);
        Assert.Contains("serving.requests", receiver.Metrics);
    }

    private static Task<RunningGateway> StartAsync(OtlpReceiver receiver, string ratio) =>
        RunningGateway.StartAsync(("OtlpEndpoint", receiver.Url), ("OtlpProtocol", "http"), ("OtlpTraceRatio", ratio));

    private static StringContent Body() => new(new IrisRows().Request(1), System.Text.Encoding.UTF8, "application/json");

    /// <summary>Requests that take long beside the microseconds between the two clocks.</summary>
    private static StringContent LargeBody() => new(new IrisRows().Request(64), System.Text.Encoding.UTF8, "application/json");

    private static StringContent Double() => new(InferRequests.Json, System.Text.Encoding.UTF8, "application/json");

    private static double Sum(string metrics) => double.Parse(
        Regex.Match(metrics, """serving_request_duration_seconds_sum\{operation="infer",protocol="http"\} (\S+)""").Groups[1].Value, CultureInfo.InvariantCulture);
}
