namespace Gateway.Tests.Http;

/// <summary>Callers that take their time. The web server counts real seconds: these tests wait for it.</summary>
public sealed class SlownessTests
{
    [Fact]
    public async Task Headers_ThatDoNotEnd_AreRefused()
    {
        await using var gateway = await RunningGateway.StartAsync(("HeaderTimeoutSecs", "1"));
        using var connection = gateway.Connect();

        connection.Send("GET /v2 HTTP/1.1\r\nHost: x\r\nx-slow: ");

        Assert.Equal((408, "invalid_request"), (connection.Receive() is var answer ? answer.Status : 0, answer.Code));
        Assert.True(connection.IsAtEnd());
    }

    [Theory]
    [InlineData("/v2/models/double/infer")]
    [InlineData("/v1/models/double:predict")]
    [InlineData("/v2/repository/index")]
    public async Task Body_BelowThePace_IsRefused(string path)
    {
        await using var gateway = await RunningGateway.StartAsync(("MinBodyBytesPerSecond", "1000"), ("BodyGraceSecs", "2"));
        using var connection = gateway.Connect();

        connection.Send($"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n{{");

        Assert.Equal((408, "invalid_request"), (connection.Receive() is var answer ? answer.Status : 0, answer.Code));
        Assert.True(connection.IsAtEnd());
    }

    [Fact]
    public async Task Connection_Idle_IsClosed()
    {
        await using var gateway = await RunningGateway.StartAsync(("KeepAliveSecs", "1"));
        using var connection = gateway.Connect();
        connection.Send("GET /v2 HTTP/1.1\r\nHost: x\r\n\r\n");
        Assert.Equal(200, connection.Receive().Status);

        Assert.True(connection.IsAtEnd());
    }

    [Fact]
    public async Task Headers_TooMany_AreRefused()
    {
        await using var gateway = await RunningGateway.StartAsync(("MaxRequestHeaders", "20"));
        using var connection = gateway.Connect();

        connection.Send($"GET /v2 HTTP/1.1\r\nHost: x\r\n{string.Concat(Enumerable.Range(0, 20).Select(i => $"x-{i}: 1\r\n"))}\r\n");

        Assert.Equal((431, "invalid_request"), (connection.Receive() is var answer ? answer.Status : 0, answer.Code));
    }
}
