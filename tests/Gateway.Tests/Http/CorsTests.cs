namespace Gateway.Tests.Http;

public sealed class CorsTests
{
    private const string Origin = "https://app.example.com";

    [Fact]
    public async Task Preflight_OfALetInOrigin_IsAnsweredWithoutAKey()
    {
        await using var gateway = await RunningGateway.StartAsync(KeyedStore(), ("CorsOrigins", Origin));
        using var connection = gateway.Connect();

        connection.Send($"OPTIONS /v2/models/double/infer HTTP/1.1\r\nHost: x\r\nOrigin: {Origin}\r\nAccess-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: authorization,content-type\r\n\r\n");

        var answer = connection.Receive();
        Assert.Equal(204, answer.Status);
        Assert.Equal(
            (Origin, "GET, POST, PUT, DELETE", "authorization,content-type", "600", "Origin"),
            (answer.Headers["Access-Control-Allow-Origin"], answer.Headers["Access-Control-Allow-Methods"], answer.Headers["Access-Control-Allow-Headers"], answer.Headers["Access-Control-Max-Age"], answer.Headers["Vary"]));
        Assert.False(answer.Headers.ContainsKey("Access-Control-Allow-Credentials"));
    }

    [Theory]
    [InlineData(Origin, Origin, Origin)]
    [InlineData("*", "https://any.example", "*")]
    [InlineData(Origin, "https://app.example.com.evil.example", null)]
    [InlineData(Origin, "http://app.example.com", null)]
    [InlineData(Origin, "null", null)]
    [InlineData(null, Origin, null)]
    public async Task Answer_ToAnOrigin_MayBeReadWhereItIsLetIn(string? allowed, string origin, string? expected)
    {
        await using var gateway = await RunningGateway.StartAsync(allowed is null ? [] : [("CorsOrigins", allowed)]);
        using var connection = gateway.Connect();

        connection.Send($"GET /v2/health/live HTTP/1.1\r\nHost: x\r\nOrigin: {origin}\r\n\r\n");

        var answer = connection.Receive();
        Assert.Equal(200, answer.Status);
        Assert.Equal(expected, answer.Headers.GetValueOrDefault("Access-Control-Allow-Origin"));
        Assert.Equal(expected is not null, answer.Headers.ContainsKey("Access-Control-Expose-Headers"));
    }

    [Fact]
    public async Task Preflight_OfAnotherOrigin_IsAnotherVerb()
    {
        await using var gateway = await RunningGateway.StartAsync(("CorsOrigins", Origin));
        using var connection = gateway.Connect();

        connection.Send("OPTIONS /v2 HTTP/1.1\r\nHost: x\r\nOrigin: https://x.example\r\nAccess-Control-Request-Method: GET\r\n\r\n");

        Assert.Equal((405, "method_not_allowed"), (connection.Receive() is var answer ? answer.Status : 0, answer.Code));
    }

    [Theory]
    [InlineData(413)]
    [InlineData(500)]
    public async Task Failure_OfALetInOrigin_MayBeReadToo(int status)
    {
        await using var gateway = await RunningGateway.StartAsync(("CorsOrigins", Origin), ("MaxRequestBytes", "1000"));
        gateway.Engine.Infer = (_, _) => throw new InvalidOperationException("a bug");
        var body = status == 500 ? InferRequests.Json : new string(' ', 2000);
        using var connection = gateway.Connect();

        connection.Send($"POST /v2/models/double/infer HTTP/1.1\r\nHost: x\r\nOrigin: {Origin}\r\nContent-Length: {body.Length}\r\n\r\n{body}");

        var answer = connection.Receive();
        Assert.Equal((status, Origin), (answer.Status, answer.Headers["Access-Control-Allow-Origin"]));
    }

    private static Access.FakeAccessStore KeyedStore()
    {
        var store = new Access.FakeAccessStore();
        store.Add(Serving.Access.AccessScope.Infer);
        return store;
    }
}
