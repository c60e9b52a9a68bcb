using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.Json;

namespace Gateway.Tests.Http;

/// <summary>Bodies that lie, are too large, come in pieces or stop half-way.</summary>
public sealed class BodyTests
{
    internal const string Path = "POST /v2/models/double/infer HTTP/1.1\r\nHost: x\r\n";

    [Fact]
    public async Task Body_AnnouncedTooLarge_IsRefusedBeforeItIsSent()
    {
        await using var gateway = await RunningGateway.StartAsync(("MaxRequestBytes", "1000"));
        using var connection = gateway.Connect();

        connection.Send($"{Path}Content-Length: 1001\r\n\r\n");
        var answer = connection.Receive();

        Assert.Equal((413, "payload_too_large", "close"), (answer.Status, answer.Code, answer.Headers["Connection"]));
        Assert.Contains("1000", answer.Error);
    }

    [Fact]
    public async Task Body_ChunkedTooLarge_IsRefusedOnceItCrossesTheLimit()
    {
        await using var gateway = await RunningGateway.StartAsync(("MaxRequestBytes", "1000"));
        using var connection = gateway.Connect();

        connection.Send($"{Path}Transfer-Encoding: chunked\r\n\r\n");
        for (var i = 0; i < 3; i++) connection.Send($"190\r\n{new string(' ', 400)}\r\n");
        var answer = connection.Receive();

        Assert.Equal((413, "payload_too_large"), (answer.Status, answer.Code));
        Assert.Empty(gateway.Log.Lines);
    }

    [Fact]
    public async Task Body_AtTheLimit_IsRead()
    {
        var body = InferRequests.Json.PadRight(1000);
        await using var gateway = await RunningGateway.StartAsync(("MaxRequestBytes", "1000"));
        using var connection = gateway.Connect();

        connection.Send(InferRequests.Http(body));

        Assert.Equal(200, connection.Receive().Status);
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("4x")]
    [InlineData("99999")]
    [InlineData("99999999999999999999")]
    [InlineData("10")]
    public async Task JsonLength_Lies_IsRefused(string length)
    {
        await using var gateway = await RunningGateway.StartAsync();
        using var connection = gateway.Connect();

        connection.Send(InferRequests.Http(InferRequests.Json, $"Inference-Header-Content-Length: {length}\r\n"));
        var answer = connection.Receive();

        Assert.Equal((400, "invalid_request"), (answer.Status, answer.Code));
        connection.Send(InferRequests.Http(InferRequests.Json));
        Assert.Equal(200, connection.Receive().Status);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(100_000)]
    public async Task Body_InPieces_IsRead(int piece)
    {
        var body = InferRequests.Json.PadRight(piece < 100 ? 200 : 300_000);
        await using var gateway = await RunningGateway.StartAsync();
        using var connection = gateway.Connect();

        connection.Send($"{Path}Content-Length: {body.Length}\r\n\r\n");
        for (var i = 0; i < body.Length; i += piece) connection.Send(body.Substring(i, Math.Min(piece, body.Length - i)));

        Assert.Contains("\"data\":[3.0,-4.0]", connection.Receive().Text);
    }

    [Theory]
    [InlineData(1 << 20)]
    [InlineData(11 << 20)]
    public async Task Json_Large_IsAnsweredExactly(int length)
    {
        var (body, numbers) = LargeJson(length);
        await using var gateway = await RunningGateway.StartAsync();

        using var answer = await gateway.Client.PostAsync("/v2/models/double/infer", new StringContent(body, Encoding.UTF8, "application/json"));

        using var json = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        var data = json.RootElement.GetProperty("outputs")[0].GetProperty("data");
        Assert.Equal(numbers.Select(number => number * 2), data.EnumerateArray().Select(number => number.GetSingle()));
    }

    [Theory]
    [InlineData(1 << 20)]
    [InlineData(11 << 20)]
    public async Task Json_LargeAndCut_IsRefused(int length)
    {
        var (body, _) = LargeJson(length);
        await using var gateway = await RunningGateway.StartAsync();
        using var connection = gateway.Connect();

        foreach (var kept in new[] { body.Length - 1, body.Length * 2 / 3 })
        {
            connection.Send(InferRequests.Http(body[..kept]));
            var answer = connection.Receive();
            Assert.Equal((400, "invalid_request"), (answer.Status, answer.Code));
        }

        connection.Send(InferRequests.Http(InferRequests.Json));
        Assert.Equal(200, connection.Receive().Status);
    }

    [Fact]
    public async Task Body_Chunked_IsReadAndTheConnectionLivesOn()
    {
        await using var gateway = await RunningGateway.StartAsync();
        using var connection = gateway.Connect();
        for (var round = 0; round < 3; round++)
        {
            connection.Send($"{Path}Transfer-Encoding: chunked\r\n\r\n");
            foreach (var part in InferRequests.Json.Chunk(10)) connection.Send($"{part.Length:x}\r\n{new string(part)}\r\n");
            connection.Send("0\r\n\r\n");

            Assert.Contains("\"data\":[3.0,-4.0]", connection.Receive().Text);
        }
    }

    [Fact]
    public async Task Body_BadChunk_IsRefused()
    {
        await using var gateway = await RunningGateway.StartAsync();
        using var connection = gateway.Connect();

        connection.Send($"{Path}Transfer-Encoding: chunked\r\n\r\nnot a size\r\n");
        var answer = connection.Receive();

        Assert.Equal((400, "invalid_request"), (answer.Status, answer.Code));
    }

    [Fact]
    public async Task Expect_Continue_IsAnsweredBeforeTheBody()
    {
        await using var gateway = await RunningGateway.StartAsync();
        using var connection = gateway.Connect();

        connection.Send($"{Path}Content-Length: {InferRequests.Json.Length}\r\nExpect: 100-continue\r\n\r\n");
        Assert.Equal(100, connection.Receive().Status);
        connection.Send(InferRequests.Json);

        Assert.Equal(200, connection.Receive().Status);
    }

    [Fact]
    public async Task Http10_Request_IsAnsweredAndTheConnectionEnds()
    {
        await using var gateway = await RunningGateway.StartAsync();
        using var connection = gateway.Connect();

        connection.Send(InferRequests.Http(InferRequests.Json).Replace("HTTP/1.1", "HTTP/1.0"));
        var answer = connection.Receive();

        Assert.Contains("\"data\":[3.0,-4.0]", answer.Text);
        Assert.True(connection.IsAtEnd());
    }

    [Fact]
    public async Task Pipeline_WithErrorsAmong_AnswersInOrder()
    {
        await using var gateway = await RunningGateway.StartAsync();
        using var connection = gateway.Connect();

        connection.Send(InferRequests.Http(InferRequests.Json) + InferRequests.Http("{}") + "GET /nope HTTP/1.1\r\nHost: x\r\n\r\n"
            + InferRequests.Http(InferRequests.Json, "Content-Encoding: br\r\n") + InferRequests.Http(InferRequests.Json, "Content-Type: text/html\r\n")
            + InferRequests.Http(InferRequests.Json));

        Assert.Equal([200, 400, 404, 415, 415, 200], Enumerable.Range(0, 6).Select(_ => connection.Receive().Status));
    }

    [Fact]
    public async Task ContentEncoding_Unknown_TellsWhatIsKnown()
    {
        await using var gateway = await RunningGateway.StartAsync();
        using var connection = gateway.Connect();

        connection.Send(InferRequests.Http(InferRequests.Json, "Content-Encoding: br\r\n"));
        var answer = connection.Receive();

        Assert.Equal((415, "unsupported_media", "gzip, deflate"), (answer.Status, answer.Code, answer.Headers["Accept-Encoding"]));
    }

    [Theory]
    [InlineData("", 200)]
    [InlineData("application/json", 200)]
    [InlineData("Application/JSON; charset=utf-8", 200)]
    [InlineData("application/octet-stream", 200)]
    [InlineData("application/x-www-form-urlencoded", 200)]
    [InlineData("text/csv", 415)]
    [InlineData("application/jsonx", 415)]
    public async Task ContentType_Sent_DecidesWhetherItIsRead(string type, int status)
    {
        await using var gateway = await RunningGateway.StartAsync();
        using var connection = gateway.Connect();

        connection.Send(InferRequests.Http(InferRequests.Json, type.Length == 0 ? "" : $"Content-Type: {type}\r\n"));

        Assert.Equal(status, connection.Receive().Status);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(9)]
    [InlineData(40)]
    public async Task Gzip_CutShort_IsRefused(int length)
    {
        await using var gateway = await RunningGateway.StartAsync();
        using var connection = gateway.Connect();
        var cut = Gzip(Encoding.UTF8.GetBytes(InferRequests.Json))[..length];

        connection.Send($"{Path}Content-Encoding: gzip\r\nContent-Length: {cut.Length}\r\n\r\n");
        connection.Send(cut);

        Assert.Equal((400, "invalid_request"), (connection.Receive() is var answer ? answer.Status : 0, answer.Code));
    }

    [Fact]
    public async Task Bodies_OverTheBudget_AreOverloadThatPasses()
    {
        await using var gateway = await RunningGateway.StartAsync(("MaxBufferedBytes", "150000"));
        using var connection = gateway.Connect();

        connection.Send(InferRequests.Http(InferRequests.Json.PadRight(1_000_000)));
        var refused = connection.Receive();
        Assert.Equal((503, "overloaded", "1"), (refused.Status, refused.Code, refused.Headers["Retry-After"]));

        for (var i = 0; i < 3; i++)
        {
            connection.Send(InferRequests.Http(InferRequests.Json.PadRight(140_000)));
            Assert.Equal(200, connection.Receive().Status);
        }
    }

    /// <summary>A request of at least that many bytes, and the numbers in it.</summary>
    private static (string Body, float[] Numbers) LargeJson(int length)
    {
        var random = new Random(length);
        var data = new StringBuilder();
        var numbers = new List<float>();
        while (data.Length < length)
        {
            var number = (random.NextSingle() - 0.5f) * 1000;
            if (numbers.Count > 0) data.Append(',');
            data.Append(CultureInfo.InvariantCulture, $"{number}");
            numbers.Add(number);
        }

        return ($$$"""{"inputs":[{"name":"x","shape":[1,{{{numbers.Count}}}],"datatype":"FP32","data":[{{{data}}}]}]}""", [.. numbers]);
    }

    internal static byte[] Gzip(byte[] bytes)
    {
        var compressed = new MemoryStream();
        using (var stream = new GZipStream(compressed, CompressionLevel.Optimal)) stream.Write(bytes);
        return compressed.ToArray();
    }
}
