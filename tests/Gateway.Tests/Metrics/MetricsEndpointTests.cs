using Gateway.Grpc.Messages;
using Gateway.Tests.Grpc;
using Gateway.Tests.Http;
using Google.Protobuf;

namespace Gateway.Tests.Metrics;

public sealed class MetricsEndpointTests
{
    [Fact]
    public async Task Get_AfterRequests_CountsThemByOperationAndCode()
    {
        await using var gateway = await RunningGateway.StartAsync();
        using var connection = gateway.Connect();
        for (var i = 0; i < 3; i++) Send(connection, InferRequests.Http(InferRequests.Json));
        Send(connection, InferRequests.Http("{}"));
        Send(connection, InferRequests.Http(InferRequests.Json, path: "/v2/models/nope/infer"));
        Send(connection, "GET /some/path/that/is/not HTTP/1.1\r\nHost: x\r\n\r\n");
        Send(connection, "DELETE /v2 HTTP/1.1\r\nHost: x\r\n\r\n");
        Send(connection, "nonsense\r\n\r\n");

        var text = await gateway.Client.GetStringAsync("/metrics");

        Assert.Contains("serving_requests_total{code=\"ok\",operation=\"infer\",protocol=\"http\"} 3\n", text);
        Assert.Contains("serving_requests_total{code=\"invalid_request\",operation=\"infer\",protocol=\"http\"} 1\n", text);
        Assert.Contains("serving_requests_total{code=\"model_not_found\",operation=\"infer\",protocol=\"http\"} 1\n", text);
        Assert.Contains("serving_requests_total{code=\"not_found\",operation=\"none\",protocol=\"http\"} 1\n", text);
        Assert.Contains("serving_requests_total{code=\"method_not_allowed\",operation=\"none\",protocol=\"http\"} 1\n", text);
        Assert.Contains("serving_requests_total{code=\"invalid_request\",operation=\"none\",protocol=\"http\"} 1\n", text);
        Assert.Contains("serving_request_duration_seconds_count{operation=\"infer\",protocol=\"http\"} 5\n", text);
        Assert.Contains("serving_requests_active{protocol=\"http\"} 1\n", text);
        Assert.Contains($"serving_transfer_bytes_total{{direction=\"in\",protocol=\"http\"}} {4 * InferRequests.Json.Length + 2}\n", text);
        Assert.DoesNotContain("nope", text);
        Assert.DoesNotContain("some/path", text);
        Assert.Contains("dotnet_process_memory_working_set_bytes ", text);
        Assert.Contains("kestrel_active_connections{", text);
        Assert.DoesNotContain("nv_inference", text);
    }

    [Fact]
    public async Task Get_AfterCalls_CountsThemInTheSameWords()
    {
        await using var gateway = await RunningGateway.StartAsync();
        using var client = new GrpcClient(gateway.GrpcAddress);
        var good = Infers.Raw(1, 2);
        await client.CallAsync("ModelInfer", good);
        await client.CallAsync("ModelInfer", new ModelInferRequest { ModelName = "nope" });
        await client.CallAsync("CudaSharedMemoryStatus", new ModelInferRequest());
        await client.CallAsync("NoSuchThing", new ModelInferRequest());
        byte[] stream = [.. GrpcClient.Frame(good.ToByteArray()), .. GrpcClient.Frame(good.ToByteArray())];
        await client.SendAsync("ModelStreamInfer", new ByteArrayContent(stream));

        var text = await gateway.Client.GetStringAsync("/metrics");

        Assert.Contains("serving_requests_total{code=\"ok\",operation=\"infer\",protocol=\"grpc\"} 3\n", text);
        Assert.Contains("serving_requests_total{code=\"ok\",operation=\"infer_stream\",protocol=\"grpc\"} 1\n", text);
        Assert.Contains("serving_requests_total{code=\"model_not_found\",operation=\"infer\",protocol=\"grpc\"} 1\n", text);
        Assert.Contains("serving_requests_total{code=\"unsupported\",operation=\"unserved\",protocol=\"grpc\"} 1\n", text);
        Assert.Contains("serving_requests_total{code=\"unsupported\",operation=\"none\",protocol=\"grpc\"} 1\n", text);
        Assert.Contains("serving_request_duration_seconds_count{operation=\"infer\",protocol=\"grpc\"} 4\n", text);
        Assert.Contains("serving_requests_active{protocol=\"grpc\"} 0\n", text);
        var received = 3 * good.CalculateSize() + new ModelInferRequest { ModelName = "nope" }.CalculateSize();
        Assert.Contains($"serving_transfer_bytes_total{{direction=\"in\",protocol=\"grpc\"}} {received}\n", text);
    }

    [Theory]
    [InlineData(null, "text/plain; version=0.0.4; charset=utf-8")]
    [InlineData("application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
        "application/openmetrics-text; version=1.0.0; charset=utf-8")]
    public async Task Get_ByAccept_ChoosesTheFormat(string? accept, string expected)
    {
        await using var gateway = await RunningGateway.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics");
        if (accept is not null) request.Headers.TryAddWithoutValidation("Accept", accept);

        using var response = await gateway.Client.SendAsync(request);

        Assert.Equal(expected, response.Content.Headers.ContentType!.ToString());
        Assert.Equal(accept is not null, (await response.Content.ReadAsStringAsync()).EndsWith("# EOF\n", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Get_WithTritonsNames_HasThem()
    {
        await using var gateway = await RunningGateway.StartAsync(("TritonMetricNames", "true"));

        var text = await gateway.Client.GetStringAsync("/metrics");

        Assert.Contains("# TYPE nv_inference_request_success counter\nnv_inference_request_success{model=\"double\",version=\"2\"} 1\n", text);
        Assert.Contains("nv_inference_count{model=\"double\",version=\"2\"} 64\n", text);
        Assert.Contains("nv_inference_compute_infer_duration_us{model=\"double\",version=\"2\"} 3\n", text);
    }

    [Fact]
    public async Task Get_MetricsOff_IsNotThere()
    {
        await using var gateway = await RunningGateway.StartAsync(("Metrics", "false"));

        Assert.Equal(404, (int)(await gateway.Client.GetAsync("/metrics")).StatusCode);
    }

    [PromtoolFact]
    public async Task Get_PlainText_PassesPromtool()
    {
        await using var gateway = await RunningGateway.StartAsync();
        using var connection = gateway.Connect();
        Send(connection, InferRequests.Http(InferRequests.Json));

        var (code, output) = await Promtool.CheckAsync(await gateway.Client.GetStringAsync("/metrics"));

        Assert.Equal((0, ""), (code, output));
    }

    private static void Send(RawConnection connection, string request)
    {
        connection.Send(request);
        connection.Receive();
    }
}
