using System.Net;
using System.Text.Json.Nodes;
using Serving;

namespace Gateway.Tests.EndToEnd;

/// <summary>Models that come, change and go while the server answers.</summary>
public sealed class VersionChangeTests : IAsyncLifetime
{
    private RunningServer server = null!;

    public async Task InitializeAsync() => server = await RunningServer.StartAsync(ControlMode.Poll, "digits");

    public async Task DisposeAsync() => await server.DisposeAsync();

    [Fact]
    public async Task Infer_TenThousandRequestsOverVersionChanges_NoneFails()
    {
        var example = File.ReadAllBytes(Path.Combine(SampleModels.Repository, "digits", "example.json"));
        var versions = new System.Collections.Concurrent.ConcurrentDictionary<string, int>();
        var remaining = 10_000;
        var clients = Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            while (Interlocked.Decrement(ref remaining) >= 0)
            {
                var answer = await server.Client.PostAsync("/v2/models/digits/infer", new ByteArrayContent(example));
                Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
                versions.AddOrUpdate(string.Join("", answer.Headers.GetValues("x-serving-route")), 1, (_, n) => n + 1);
            }
        })).ToList();

        // Until the clients are done, a newer version arrives again and again.
        for (var version = 2; !clients.TrueForAll(c => c.IsCompleted); version++)
        {
            RunningServer.CopyFolder(Path.Combine(SampleModels.Repository, "digits", "1"), Path.Combine(server.Repository, "digits", version.ToString()));
            await Eventually(async () => await ReadyVersionAsync() == version.ToString() || clients.TrueForAll(c => c.IsCompleted));
        }

        await Task.WhenAll(clients);
        Assert.True(versions.Count > 1, "the test saw no version change");
    }

    [Fact]
    public async Task Poll_CorruptVersion_TheGoodOneServesOnAndTheReasonShows_ThenTheMendedOneServes()
    {
        var file = Path.Combine(server.Repository, "digits", "2", "model.onnx");
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        var good = File.ReadAllBytes(Path.Combine(SampleModels.Repository, "digits", "1", "model.onnx"));
        File.WriteAllBytes(file, good[..(good.Length / 2)]);

        await Eventually(async () => (await IndexAsync()).Any(row => (string?)row!["version"] == "2" && (string?)row["state"] == "UNAVAILABLE"));
        Assert.Equal("1", await ReadyVersionAsync());
        Assert.NotEmpty((string)(await IndexAsync()).Single(row => (string?)row!["version"] == "2")!["reason"]!);

        File.WriteAllBytes(file, good);
        await Eventually(async () => await ReadyVersionAsync() == "2");
    }

    [Fact]
    public async Task Poll_FolderDroppedIn_IsServedWithoutConfiguration_AndGoneWhenRemoved()
    {
        RunningServer.CopyFolder(Path.Combine(SampleModels.Repository, "diabetes", "1"), Path.Combine(server.Repository, "new model", "1"));
        await Eventually(async () => (await server.Client.GetAsync("/v2/models/new%20model/ready")).StatusCode == HttpStatusCode.OK);

        Directory.Delete(Path.Combine(server.Repository, "new model"), recursive: true);
        await Eventually(async () => (await server.Client.GetAsync("/v2/models/new%20model/ready")).StatusCode == HttpStatusCode.NotFound);
    }

    private async Task<string?> ReadyVersionAsync() =>
        (string?)JsonNode.Parse(await server.Client.GetStringAsync("/v2/models/digits"))!["versions"]!.AsArray().Last();

    private async Task<JsonArray> IndexAsync() =>
        JsonNode.Parse(await (await server.Client.PostAsync("/v2/repository/index", null)).Content.ReadAsStringAsync())!.AsArray();

    /// <summary>Polls a condition that the server's own poll brings about; a minute is only the end of patience.</summary>
    private static async Task Eventually(Func<Task<bool>> condition)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        using var ticks = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (!await condition()) await ticks.WaitForNextTickAsync(patience.Token);
    }
}
