using System.Net;
using Serving;
using Serving.Access;

namespace Gateway.Tests.EndToEnd;

/// <summary>
/// Two keys at one model under overload, over HTTP and through the real queue; the runs of the model end when the test lets them, so that
/// a caller's wait is counted in runs.
/// </summary>
public sealed class FairnessTests : IAsyncLifetime
{
    private const int Room = 32;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string repository = Directory.CreateTempSubdirectory("serving-test-").FullName;
    private readonly string row = new IrisRows().Request(1);
    private readonly List<Task<HttpStatusCode>> underWay = [];
    private SteppedSession session = null!;
    private RunningServer server = null!;

    public async Task InitializeAsync()
    {
        RunningServer.CopyFolder(Path.Combine(SampleModels.Repository, "iris", "1"), Path.Combine(repository, "iris", "1"));
        await File.WriteAllTextAsync(
            Path.Combine(repository, "iris", "model.json"),
            $$"""{"max_batch_size": 1, "instance_group": [{"count": 1}], "dynamic_batching": {"default_queue_policy": {"max_queue_size": {{Room}} } } }""");
        server = await RunningServer.StartOnAsync(repository, ControlMode.None, null, loaded => session = new SteppedSession(loaded));
        session.Hold();
    }

    public async Task DisposeAsync() => await server.DisposeAsync();

    [Fact]
    public async Task Infer_QueueFullOfANoisyKeysRequests_TheQuietKeyIsNeverRefusedAndWaitsForTwoRuns()
    {
        var (noisy, quiet) = (await KeyAsync("noisy"), await KeyAsync("quiet"));

        // On fifty connections: one request runs, as many as there is room for wait, the others are refused.
        for (var i = 0; i < 50; i++) underWay.Add(SendAsync(noisy));
        for (var i = 0; i < 50 - Room - 1; i++) Assert.Equal(HttpStatusCode.ServiceUnavailable, await NextAsync());

        await session.BegunAsync(1, Patience);
        for (var round = 0; round < 10; round++)
        {
            // The queue is full, and one of the noisy key's gives way.
            var asked = SendAsync(quiet);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, await NextAsync());

            // The run that was under way ends, one more of the noisy key's, and the quiet one's own.
            session.Let(3);
            await session.BegunAsync(3, Patience);
            Assert.Equal(HttpStatusCode.OK, await asked.WaitAsync(Patience));
            for (var i = 0; i < 2; i++) Assert.Equal(HttpStatusCode.OK, await NextAsync());

            // The noisy key fills the queue again, and asks for more.
            for (var i = 0; i < 4; i++) underWay.Add(SendAsync(noisy));
            Assert.Equal(HttpStatusCode.ServiceUnavailable, await NextAsync());
        }

        session.Let(Room + 1);
        while (underWay.Count > 0) Assert.Equal(HttpStatusCode.OK, await NextAsync());
    }

    /// <summary>How the noisy key's request that ends next ends.</summary>
    private async Task<HttpStatusCode> NextAsync()
    {
        var ended = await Task.WhenAny(underWay).WaitAsync(Patience);
        underWay.Remove(ended);
        return await ended;
    }

    private async Task<string> KeyAsync(string name)
    {
        var spec = new KeySpec(name, [new AccessGrant(AccessScope.Infer, AccessGrant.AllModels)], ExpiresAt: null, Limits: null);
        return (await server.Access.CreateAsync(spec, new Actor("test", null), default)).Value.Token;
    }

    private async Task<HttpStatusCode> SendAsync(string key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v2/models/iris/infer") { Content = new StringContent(row) };
        request.Content.Headers.ContentType = new("application/json");
        request.Headers.Add("x-api-key", key);
        using var answer = await server.Client.SendAsync(request);
        return answer.StatusCode;
    }
}
