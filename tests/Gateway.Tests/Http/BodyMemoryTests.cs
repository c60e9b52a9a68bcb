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
}

[CollectionDefinition(nameof(BodyMemoryTests), DisableParallelization = true)]
public sealed class BodyMemoryCollection;
