namespace Gateway.Tests.Http;

/// <summary>Every refusal, from whichever layer, is an error document.</summary>
public sealed class RefusalTests
{
    [Theory]
    [InlineData("GET /v2/models HTTP/1.1", 404, "not_found")]
    [InlineData("GET / HTTP/1.1", 404, "not_found")]
    [InlineData("GET /v2// HTTP/1.1", 404, "not_found")]
    [InlineData("GET /v2/models//ready HTTP/1.1", 404, "not_found")]
    [InlineData("OPTIONS * HTTP/1.1", 404, "not_found")]
    [InlineData("POST /v2 HTTP/1.1", 405, "method_not_allowed")]
    [InlineData("PATCH /v2/models/double HTTP/1.1", 405, "method_not_allowed")]
    [InlineData("GET /v2/models/double/infer HTTP/1.1", 405, "method_not_allowed")]
    [InlineData("GET /v2 HTTP/9.9", 505, "unsupported")]
    [InlineData("nonsense", 400, "invalid_request")]
    [InlineData("GET /v2 HTTP/1.1\r\nno colon here", 400, "invalid_request")]
    [InlineData("GET /v2 HTTP/1.1\r\nHost: twice", 400, "invalid_request")]
    [InlineData("POST /v2 HTTP/1.0", 400, "invalid_request")]
    [InlineData("GET /v2 HTTP/1.1\r\nContent-Length: minus", 400, "invalid_request")]
    public async Task Request_Refused_HasErrorDocument(string head, int status, string code)
    {
        await using var gateway = await RunningGateway.StartAsync();
        using var connection = gateway.Connect();

        connection.Send($"{head}\r\nHost: x\r\n\r\n");
        var answer = connection.Receive();

        Assert.Equal((status, code, "application/json"), (answer.Status, answer.Code, answer.Headers["Content-Type"]));
        Assert.NotEmpty(answer.Error!);
        Assert.Equal(status == 405, answer.Headers.ContainsKey("Allow"));
        Assert.False(answer.Headers.ContainsKey("Server"));
        Assert.Empty(gateway.Log.Lines);
    }

    [Fact]
    public async Task Headers_TooLarge_HaveErrorDocumentAndEnd()
    {
        await using var gateway = await RunningGateway.StartAsync(("MaxRequestHeaderBytes", "1024"));
        using var connection = gateway.Connect();

        connection.Send($"GET /v2 HTTP/1.1\r\nHost: x\r\nx-big: {new string('a', 2000)}\r\n\r\n");
        var answer = connection.Receive();

        Assert.Equal((431, "invalid_request", "close"), (answer.Status, answer.Code, answer.Headers["Connection"]));
        Assert.True(connection.IsAtEnd());
    }

    [Fact]
    public async Task RequestLine_TooLong_HasErrorDocument()
    {
        await using var gateway = await RunningGateway.StartAsync(("MaxRequestLineBytes", "128"));
        using var connection = gateway.Connect();

        connection.Send($"GET /{new string('a', 500)} HTTP/1.1\r\nHost: x\r\n\r\n");
        var answer = connection.Receive();

        Assert.Equal((414, "invalid_request"), (answer.Status, answer.Code));
    }

    [Fact]
    public async Task Connection_RefusalAfterGoodRequests_HasErrorDocument()
    {
        await using var gateway = await RunningGateway.StartAsync();
        using var connection = gateway.Connect();

        connection.Send("GET /v2 HTTP/1.1\r\nHost: x\r\n\r\nGET /nowhere HTTP/1.1\r\nHost: x\r\n\r\nbroken\r\n\r\n");

        Assert.Equal(200, connection.Receive().Status);
        Assert.Equal(404, connection.Receive().Status);
        Assert.Equal((400, "invalid_request"), (connection.Receive() is var last ? last.Status : 0, last.Code));
        Assert.True(connection.IsAtEnd());
    }

    [Fact]
    public async Task Handler_Throws_IsInternalWithoutDetails()
    {
        await using var gateway = await RunningGateway.StartAsync();
        gateway.Engine.Infer = (_, _) => throw new InvalidOperationException("secret detail");
        using var connection = gateway.Connect();

        connection.Send(InferRequests.Http(InferRequests.Json));
        var answer = connection.Receive();

        Assert.Equal((500, "internal"), (answer.Status, answer.Code));
        Assert.DoesNotContain("secret", answer.Text);
        Assert.Contains("InvalidOperationException", Assert.Single(gateway.Log.Lines));

        connection.Send("GET /v2 HTTP/1.1\r\nHost: x\r\n\r\n");
        Assert.Equal(200, connection.Receive().Status);
    }
}
