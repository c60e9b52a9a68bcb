using System.Text;
using Serving;

namespace Gateway.Tests.Http;

public sealed class RepositoryTests
{
    [Fact]
    public async Task Load_ConfigAndFiles_ReachTheEngine()
    {
        await using var gateway = await RunningGateway.StartAsync();
        using var content = new StringContent("""{"parameters":{"config":"{\"max_batch_size\":4}","file:1/model.onnx":"AQID","file:labels.txt":""}}""");
        content.Headers.ContentType = null;

        using var response = await gateway.Client.PostAsync("/v2/repository/models/new%20one/load", content);

        Assert.Equal((200, 0L), ((int)response.StatusCode, response.Content.Headers.ContentLength));
        var loaded = gateway.Engine.Loaded!;
        Assert.Equal(("new one", """{"max_batch_size":4}"""), (loaded.Model, loaded.ConfigJson));
        Assert.Equal([1, 2, 3], loaded.Files["1/model.onnx"].ToArray());
        Assert.Equal(0, loaded.Files["labels.txt"].Length);
    }

    [Theory]
    [InlineData("[]", "object")]
    [InlineData("{", "JSON")]
    [InlineData("""{"parameters":[]}""", "'parameters'")]
    [InlineData("""{"parameters":{"config":{}}}""", "'config'")]
    [InlineData("""{"parameters":{"konfig":""}}""", "'konfig'")]
    [InlineData("""{"parameters":{"file:1/model.onnx":"AQID"}}""", "'config'")]
    [InlineData("""{"parameters":{"config":"{}","file:1/model.onnx":"?"}}""", "base64")]
    [InlineData("""{"parameters":{"config":"{}","file:1/model.onnx":7}}""", "base64")]
    [InlineData("""{"parameters":{"config":"{}","file:../evil":"AQID"}}""", "file:../evil")]
    [InlineData("""{"parameters":{"config":"{}","file:/etc/passwd":"AQID"}}""", "file:/etc/passwd")]
    [InlineData("""{"parameters":{"config":"{}","file:a\\..\\b":"AQID"}}""", "file:")]
    [InlineData("""{"parameters":{"config":"{}","file:":"AQID"}}""", "file:")]
    [InlineData("""{"parameters":{"config":"\ud800"}}""", "Unicode")]
    public async Task Load_BadBody_IsRefusedByName(string body, string named)
    {
        await using var gateway = await RunningGateway.StartAsync();
        using var connection = gateway.Connect();

        connection.Send(InferRequests.Http(body, path: "/v2/repository/models/m/load"));
        var answer = connection.Receive();

        Assert.Equal((400, "invalid_request"), (answer.Status, answer.Code));
        Assert.Contains(named, answer.Error);
        Assert.Null(gateway.Engine.Loaded);
        Assert.Empty(gateway.Log.Lines);
    }

    [Theory]
    [InlineData("%2E%2E")]
    [InlineData("..%2Fetc")]
    [InlineData("a%5Cb")]
    [InlineData(".")]
    public async Task Load_NameThatIsAPath_IsNotFound(string name)
    {
        await using var gateway = await RunningGateway.StartAsync();
        using var connection = gateway.Connect();

        connection.Send(InferRequests.Http("", path: $"/v2/repository/models/{name}/load"));

        Assert.Equal((404, "model_not_found"), (connection.Receive() is var answer ? answer.Status : 0, answer.Code));
        Assert.Null(gateway.Engine.Loaded);
    }

    [Theory]
    [InlineData("""{"parameters":{"unload_dependents":true}}""")]
    [InlineData("""{"parameters":{"now":true}}""")]
    public async Task Unload_BadBody_IsRefused(string body)
    {
        await using var gateway = await RunningGateway.StartAsync();
        using var connection = gateway.Connect();

        connection.Send(InferRequests.Http(body, path: "/v2/repository/models/m/unload"));

        Assert.Equal(400, connection.Receive().Status);
        Assert.Null(gateway.Engine.Unloaded);
    }

    [Fact]
    public async Task LoadAndUnload_EngineRefuses_SayWhy()
    {
        await using var gateway = await RunningGateway.StartAsync();
        gateway.Engine.RepositoryError = new ServingError(
            ErrorCode.ModelNotReady, "explicit model load / unload is not allowed if polling is enabled");
        using var connection = gateway.Connect();

        connection.Send(InferRequests.Http("", path: "/v2/repository/models/m/load") + InferRequests.Http("", path: "/v2/repository/models/m/unload"));

        Assert.Equal((503, gateway.Engine.RepositoryError.Message), (connection.Receive() is var load ? load.Status : 0, load.Error));
        Assert.Equal((503, "model_not_ready"), (connection.Receive() is var unload ? unload.Status : 0, unload.Code));
        Assert.Equal("m", gateway.Engine.Unloaded);
    }

    [Fact]
    public async Task Index_BadBody_IsRefused()
    {
        await using var gateway = await RunningGateway.StartAsync();

        using var response = await gateway.Client.PostAsync(
            "/v2/repository/index", new StringContent("""{"ready":1}""", Encoding.UTF8, "application/json"));

        Assert.Equal(400, (int)response.StatusCode);
    }

    [Fact]
    public async Task Ready_EngineIsNot_Is503WithRetry()
    {
        await using var gateway = await RunningGateway.StartAsync();
        gateway.Engine.Ready = false;

        using var response = await gateway.Client.GetAsync("/v2/health/ready");

        Assert.Equal((503, 1), ((int)response.StatusCode, response.Headers.RetryAfter!.Delta!.Value.TotalSeconds));
        Assert.Contains("model_not_ready", await response.Content.ReadAsStringAsync());
    }
}
