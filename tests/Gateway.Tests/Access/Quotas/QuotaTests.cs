using System.Net;
using System.Net.Http.Json;
using Gateway.Grpc.Messages;
using Gateway.Tests.Grpc;
using Gateway.Tests.Http;
using Serving;
using Serving.Access;
using Serving.Access.Quotas;
using Serving.Inference;

namespace Gateway.Tests.Access.Quotas;

public sealed class QuotaTests : IAsyncLifetime
{
    private readonly FakeAccessStore store = new();
    private readonly ManualClock clock = new();
    private RunningGateway gateway = null!;

    public async Task InitializeAsync() => gateway = await RunningGateway.StartAsync(store, clock);

    public async Task DisposeAsync() => await gateway.DisposeAsync();

    [Fact]
    public async Task Infer_OverTheKeysRequests_Is429AndTellsTheTruth()
    {
        var key = store.Add(AccessScope.Infer, limits: new QuotaLimits { RequestsPerSecond = 0.5, BurstSeconds = 4 });
        var other = store.Add(AccessScope.Infer);

        var first = await SendAsync(key);
        var second = await SendAsync(key);
        var third = await SendAsync(key);

        Assert.Equal((200, 200, 429), (Status(first), Status(second), Status(third)));
        Assert.Equal("\"requests\";q=2;w=4", first.Headers.GetValues("RateLimit-Policy").Single());
        Assert.Equal("\"requests\";r=1;t=2", first.Headers.GetValues("RateLimit").Single());
        Assert.Equal("\"requests\";r=0;t=4", third.Headers.GetValues("RateLimit").Single());
        Assert.Equal("3", third.Headers.GetValues("Retry-After").Single());
        Assert.Contains("\"code\":\"quota_exceeded\"", await third.Content.ReadAsStringAsync());
        Assert.Contains("0.5 requests a second", await third.Content.ReadAsStringAsync());
        Assert.Equal(200, Status(await SendAsync(other)));

        clock.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(200, Status(await SendAsync(key)));
        Assert.Contains("serving_quota_refused_total{limit=\"requests\",scope=\"key\"} 1\n", await MetricsAsync());
    }

    /// <summary>The short form of <c>tests/load/front.py quota</c>, in steps of ten milliseconds.</summary>
    [Fact]
    public async Task Infer_NoisyAndQuietKey_TheQuietLosesNothingAndTheNoisyGetsItsLimit()
    {
        const int limit = 20;
        const int seconds = 10;
        var limits = new QuotaLimits { RequestsPerSecond = limit };
        var (noisy, quiet) = (store.Add(AccessScope.Infer, limits: limits), store.Add(AccessScope.Infer, limits: limits));
        var (admitted, lost) = (0, 0);
        for (var step = 0; step < 100 * seconds; step++)
        {
            clock.Advance(TimeSpan.FromMilliseconds(10));
            for (var i = 0; i < limit * 10 / 100; i++) admitted += Status(await SendAsync(noisy)) == 200 ? 1 : 0;
            if (step % (100 / limit) == 0) lost += Status(await SendAsync(quiet)) == 200 ? 0 : 1;
        }

        Assert.Equal(0, lost);

        // The limit, and the burst of one second that had been saved.
        Assert.InRange(admitted, limit * (seconds + 1) * 0.98, limit * (seconds + 1) * 1.02);
    }

    [Fact]
    public async Task Infer_OverTheKeysRows_IsRefusedUntilTheDebtIsPaid()
    {
        var key = store.Add(AccessScope.Infer, limits: new QuotaLimits { RowsPerSecond = 2 });
        const string rows = """{"inputs":[{"name":"x","shape":[6,2],"datatype":"FP32","data":[1,2,3,4,5,6,7,8,9,10,11,12]}]}""";

        Assert.Equal(200, Status(await SendAsync(key, rows)));
        var refused = await SendAsync(key);

        Assert.Equal(429, Status(refused));
        Assert.Equal("3", refused.Headers.GetValues("Retry-After").Single());
        clock.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(200, Status(await SendAsync(key)));
    }

    [Fact]
    public async Task Infer_OverTheKeysBytes_IsRefusedBeforeTheBody()
    {
        var key = store.Add(AccessScope.Infer, limits: new QuotaLimits { BytesPerSecond = InferRequests.Json.Length });
        Assert.Equal(200, Status(await SendAsync(key)));
        using var connection = gateway.Connect();

        connection.Send($"POST /v2/models/double/infer HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\nx-api-key: {key}\r\n\r\n");

        Assert.Equal(429, connection.Receive().Status);
    }

    [Fact]
    public async Task Infer_ChunkedBody_IsChargedWhenItIsRead()
    {
        var key = store.Add(AccessScope.Infer, limits: new QuotaLimits { BytesPerSecond = 10 });
        using var request = Request(key, InferRequests.Json);
        request.Headers.TransferEncodingChunked = true;

        Assert.Equal(200, Status(await gateway.Client.SendAsync(request)));

        Assert.Equal(429, Status(await SendAsync(key)));
    }

    [Fact]
    public async Task Infer_OverTheKeysConcurrency_IsRefusedWhileOneIsUnderWay()
    {
        var key = store.Add(AccessScope.Infer, limits: new QuotaLimits { Concurrent = 1 });
        var entered = new TaskCompletionSource();
        var go = new TaskCompletionSource();
        gateway.Engine.Infer = async (request, _) =>
        {
            entered.TrySetResult();
            await go.Task;
            return FakeEngine.Double(request);
        };
        var running = SendAsync(key);
        await entered.Task;

        var refused = await SendAsync(key);
        go.SetResult();

        Assert.Equal(429, Status(refused));
        Assert.Equal("\"concurrent\";q=1;qu=\"concurrent-requests\"", refused.Headers.GetValues("RateLimit-Policy").Single());
        Assert.Equal(200, Status(await running));
        Assert.Equal(200, Status(await SendAsync(key)));
    }

    [Fact]
    public async Task Infer_OverTheModelsLimit_IsRefusedForAllCallersOfIt()
    {
        await store.LimitModelAsync("double", new QuotaLimits { RequestsPerSecond = 1, BurstSeconds = 2 }, new Actor("test", null), default);
        var key = store.Add(AccessScope.Infer, limits: new QuotaLimits { RequestsPerSecond = 100 });
        for (var i = 0; i < 2; i++) Assert.Equal(200, Status(await SendAsync(key)));

        var refused = await SendAsync(key);

        Assert.Equal(429, Status(refused));
        Assert.Contains("the limit of model 'double' is 1 requests a second", await refused.Content.ReadAsStringAsync());
        Assert.Contains("serving_quota_refused_total{limit=\"requests\",scope=\"model\"} 1\n", await MetricsAsync());
        Assert.Equal(200, Status(await SendAsync(key, path: "/v2/models/stats/infer")));
    }

    [Fact]
    public async Task Infer_NoisyAndQuietKeyAtALimitedModel_TheQuietLosesNothingAndTheNoisyGetsTheRest()
    {
        const int limit = 20;
        const int seconds = 10;
        await store.LimitModelAsync("double", new QuotaLimits { RequestsPerSecond = limit }, new Actor("test", null), default);
        var (noisy, quiet) = (store.Add(AccessScope.Infer), store.Add(AccessScope.Infer));
        var (admitted, asked, lost) = (0, 0, 0);
        for (var step = 0; step < 100 * seconds; step++)
        {
            clock.Advance(TimeSpan.FromMilliseconds(10));
            for (var i = 0; i < limit * 10 / 100; i++) admitted += Status(await SendAsync(noisy)) == 200 ? 1 : 0;
            if (step % 20 != 0) continue;
            asked++;
            lost += Status(await SendAsync(quiet)) == 200 ? 0 : 1;
        }

        Assert.Equal(0, lost);

        // The limit, and the burst of one second that had been saved; of that the quiet one keeps its half.
        Assert.InRange(admitted + asked, limit * (seconds + 0.5) * 0.98, limit * (seconds + 1) * 1.02);
    }

    /// <summary>Who is far from every limit need not be told with every answer.</summary>
    [Fact]
    public async Task Answers_TellWhatIsLeft_OnceHalfIsUsedUp()
    {
        var key = store.Add(AccessScope.Infer, limits: new QuotaLimits { RequestsPerSecond = 6, RowsPerSecond = 1000 });
        var told = new List<string>();
        for (var i = 0; i < 6; i++) told.Add((await SendAsync(key)).Headers.TryGetValues("RateLimit", out var text) ? text.Single() : "");

        Assert.Equal(["", "", "\"requests\";r=3;t=1, \"rows\";r=998;t=1"], told[..3]);
        Assert.StartsWith("\"requests\";r=0;t=1", told[5]);
    }

    [Fact]
    public async Task Limits_ChangedByAdminCalls_HoldAtOnce()
    {
        var admin = store.Add(AccessScope.Admin | AccessScope.Read);
        var key = store.Add(AccessScope.Infer);
        Assert.False((await SendAsync(key)).Headers.Contains("RateLimit"));

        var limited = await SendAsync(admin, """{"requests_per_second": 1}""", $"/v2/keys/{key.Substring(4, 12)}/limits", "PUT");
        Assert.Contains("\"limits\":{\"requests_per_second\":1,\"burst_seconds\":1}", await limited.Content.ReadAsStringAsync());
        Assert.Equal((200, 429), (Status(await SendAsync(key)), Status(await SendAsync(key))));
        Assert.Equal(200, Status(await SendAsync(admin, null, $"/v2/keys/{key.Substring(4, 12)}/limits", "DELETE")));
        Assert.Equal((200, 200), (Status(await SendAsync(key)), Status(await SendAsync(key))));

        Assert.Equal(404, Status(await SendAsync(admin, null, "/v2/models/double/limits", "GET")));
        Assert.Equal(200, Status(await SendAsync(admin, """{"concurrent": 1, "rows_per_second": 1e3}""", "/v2/models/double/limits", "PUT")));
        Assert.Equal(
            """{"rows_per_second":1000,"concurrent":1,"burst_seconds":1}""",
            await (await SendAsync(admin, null, "/v2/models/double/limits", "GET")).Content.ReadAsStringAsync());
        Assert.True((await SendAsync(key)).Headers.Contains("RateLimit"));
        Assert.Equal(200, Status(await SendAsync(admin, null, "/v2/models/double/limits", "DELETE")));
        Assert.False((await SendAsync(key)).Headers.Contains("RateLimit"));
    }

    [Theory]
    [InlineData("{}", "limits must have at least one of")]
    [InlineData("""{"requests_per_second": 0}""", "requests_per_second must be a number from 0.001")]
    [InlineData("""{"requests": 1}""", "requests is not a field here")]
    public async Task Limits_Faulty_AreRefused(string body, string sentence)
    {
        var answer = await SendAsync(store.Add(AccessScope.Admin), body, "/v2/models/double/limits", "PUT");

        Assert.Equal(400, Status(answer));
        Assert.Contains(sentence, await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task GrpcCall_OverTheKeysRequests_IsResourceExhaustedWithPushback()
    {
        (string, string) key = ("x-api-key", store.Add(AccessScope.Infer, limits: new QuotaLimits { RequestsPerSecond = 1 }));
        using var client = new GrpcClient(gateway.GrpcAddress);
        Assert.Equal(0, (await client.CallAsync("ModelInfer", Infers.Raw(1, 2), key)).Status);

        var refused = await client.CallAsync("ModelInfer", Infers.Raw(1, 2), key);

        Assert.Equal(8, refused.Status);
        Assert.Contains("1 requests a second", refused.Message);
        Assert.Equal("1001", refused.Metadata["grpc-retry-pushback-ms"]);
        Assert.Equal("\"requests\";r=0;t=1", refused.Metadata["ratelimit"]);
    }

    [Fact]
    public async Task GrpcStream_OverTheKeysRequests_RefusesThatRequest()
    {
        (string, string) key = ("x-api-key", store.Add(AccessScope.Infer, limits: new QuotaLimits { RequestsPerSecond = 1 }));
        using var client = new GrpcClient(gateway.GrpcAddress);
        using var stream = new GrpcStream(client, "ModelStreamInfer", key);

        await stream.SendAsync(Infers.Raw(1, 2));
        Assert.Equal("", (await stream.ReceiveAsync(ModelStreamInferResponse.Parser))!.ErrorMessage);
        await stream.SendAsync(Infers.Raw(1, 2));
        Assert.Contains("1 requests a second", (await stream.ReceiveAsync(ModelStreamInferResponse.Parser))!.ErrorMessage);
        await stream.EndSendingAsync();

        Assert.Equal(0, (await stream.EndAsync()).Status);
    }

    [Fact]
    public async Task Infer_WithAKey_TellsTheEngineWhoAsks()
    {
        string? caller = null;
        gateway.Engine.Infer = (request, _) =>
        {
            caller = request.Caller;
            return new(FakeEngine.Double(request));
        };
        var key = store.Add(AccessScope.Infer);

        await SendAsync(key);

        Assert.Equal($"key:{key.Substring(4, 12)}", caller);
    }

    private static int Status(HttpResponseMessage response) => (int)response.StatusCode;

    private static HttpRequestMessage Request(string key, string? body, string path = "/v2/models/double/infer", string method = "POST")
    {
        var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = body is null ? null : new StringContent(body) };
        if (request.Content is not null) request.Content.Headers.ContentType = new("application/json");
        request.Headers.Add("x-api-key", key);
        return request;
    }

    private async Task<HttpResponseMessage> SendAsync(
        string key, string? body = InferRequests.Json, string path = "/v2/models/double/infer", string method = "POST")
    {
        using var request = Request(key, body, path, method);
        return await gateway.Client.SendAsync(request);
    }

    private async Task<string> MetricsAsync() =>
        await (await SendAsync(store.Add(AccessScope.Read), null, "/metrics", "GET")).Content.ReadAsStringAsync();
}
