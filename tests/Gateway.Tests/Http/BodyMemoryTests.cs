using System.Text;

namespace Gateway.Tests.Http;

/// <summary>What bodies may cost in memory. Counts the allocations of the whole process, so nothing else runs beside it.</summary>
[Collection(nameof(BodyMemoryTests))]
public sealed class BodyMemoryTests
{
    [Fact]
    public async Task Body_SmallerThanAnnounced_EndsTheConnectionQuietly()
    {
        await using var gateway = await RunningGateway.StartAsync();
        using var connection = gateway.Connect();
        var before = GC.GetTotalAllocatedBytes();

        connection.Send($"{BodyTests.Path}Content-Length: 50000000\r\n\r\n{InferRequests.Json}");
        connection.EndSending();

        Assert.True(connection.IsAtEnd());
        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, 5_000_000);
        Assert.Empty(gateway.Log.Lines);
    }

    [Fact]
    public async Task Json_Large_LeavesNothingToTheCollector()
    {
        await using var gateway = await RunningGateway.StartAsync();
        using var connection = gateway.Connect();
        var body = Encoding.UTF8.GetBytes(InferRequests.Json.PadRight(50 << 20));
        var before = GC.GetTotalAllocatedBytes();

        for (var i = 0; i < 3; i++)
        {
            connection.Send($"{BodyTests.Path}Content-Length: {body.Length}\r\n\r\n");
            connection.Send(body);
            Assert.Equal(200, connection.Receive().Status);
        }

        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, 20 << 20);
    }

    [Fact]
    public async Task Bomb_Gzip_IsRefusedAtTheLimit()
    {
        await using var gateway = await RunningGateway.StartAsync(("MaxDecompressedBytes", "1000000"));
        using var connection = gateway.Connect();
        var bomb = BodyTests.Gzip(new byte[200 << 20]);
        var before = GC.GetTotalAllocatedBytes();

        connection.Send($"{BodyTests.Path}Content-Encoding: gzip\r\nContent-Length: {bomb.Length}\r\n\r\n");
        connection.Send(bomb);
        var answer = connection.Receive();

        Assert.Equal((413, "payload_too_large"), (answer.Status, answer.Code));
        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, 20 << 20);
    }

    [Fact]
    public async Task Bomb_Gzip_IsRefusedBeforeAllOfItCame()
    {
        await using var gateway = await RunningGateway.StartAsync();
        using var connection = gateway.Connect();
        var bomb = BodyTests.Gzip(new byte[200 << 20]);

        connection.Send($"{BodyTests.Path}Content-Encoding: gzip\r\nContent-Length: {bomb.Length}\r\n\r\n");
        connection.Send(bomb.AsSpan(0, 32 << 10));
        var answer = connection.Receive();

        Assert.Equal((413, "payload_too_large"), (answer.Status, answer.Code));
        Assert.Contains("Serving:MaxDecompressionRatio", answer.Json.GetProperty("error").GetString(), StringComparison.Ordinal);

        // What comes of it afterwards is not looked at, and the connection goes on behind it.
        connection.Send(bomb.AsSpan(32 << 10));
        connection.Send(InferRequests.Http(InferRequests.Json));
        Assert.Equal(200, connection.Receive().Status);
        Assert.Empty(gateway.Log.Lines);
    }

    [Fact]
    public async Task Gzip_ThatComesByPieces_IsReadAndItsBytesAreCounted()
    {
        await using var gateway = await RunningGateway.StartAsync();
        using var connection = gateway.Connect();
        var body = BodyTests.Gzip([.. System.Text.Encoding.UTF8.GetBytes(InferRequests.Json), .. Enumerable.Range(0, 4000).SelectMany(i => " \t\n\r"u8.ToArray().Skip(i % 3))]);

        connection.Send($"{BodyTests.Path}Content-Encoding: gzip\r\nContent-Length: {body.Length}\r\n\r\n");
        foreach (var piece in body.Chunk(Math.Max(1, body.Length / 5)))
        {
            connection.Send(piece);
            await Task.Delay(20);
        }

        Assert.Equal(200, connection.Receive().Status);
        Assert.Contains($"serving_transfer_bytes_total{{direction=\"in\",protocol=\"http\"}} {body.Length}\n", await gateway.Client.GetStringAsync("/metrics"));
    }

    [Theory]
    [InlineData(900 << 10, 400, "invalid_request")] // A megabyte of nothing is harmless: it is read, and is no request.
    [InlineData(50 << 20, 413, "payload_too_large")]
    public async Task Gzip_DenserThanAllowed_IsRefusedBeyondAMegabyte(int zeros, int status, string code)
    {
        await using var gateway = await RunningGateway.StartAsync(("MaxDecompressionRatio", "500"));
        using var connection = gateway.Connect();
        var dense = BodyTests.Gzip(new byte[zeros]);

        connection.Send($"{BodyTests.Path}Content-Encoding: gzip\r\nContent-Length: {dense.Length}\r\n\r\n");
        connection.Send(dense);
        var answer = connection.Receive();

        Assert.Equal((status, code), (answer.Status, answer.Code));
        if (status == 413) Assert.Contains("Serving:MaxDecompressionRatio", answer.Json.GetProperty("error").GetString(), StringComparison.Ordinal);
    }
}

[CollectionDefinition(nameof(BodyMemoryTests), DisableParallelization = true)]
public sealed class BodyMemoryCollection;
