using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Cluster.Tests.Load;
using Cluster.Tests.Processes;
using Serving.Tests.Receivers;
using Xunit.Abstractions;

namespace Cluster.Tests;

/// <summary>An alert that was shown is posted, also when the silo that judged is killed before the receiver can be reached.</summary>
public sealed class WebhookTests(ITestOutputHelper output)
{
    private const string Secret = "knock";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(10) };

    [RedisFact]
    public async Task Alert_SiloOfTheMonitorKilled_IsPostedOnceTheReceiverIsThere()
    {
        using var receiver = new WebhookReceiver(FreePort.Next());
        await using var cluster = await RunningCluster.StartAsync(3, repository => Make(repository, receiver.Url), "--replicas", "3");
        await RunningCluster.WholeAsync(3, cluster.Silos[0].Address, without: null, Patience);
        using var put = await Http.PutAsync(
            new Uri(cluster.Silos[0].Address, "v2/models/a/versions/1/baseline"), new StringContent(UniformBaseline.Json(), Encoding.UTF8, "application/json"));
        Assert.True(put.IsSuccessStatusCode, await put.Content.ReadAsStringAsync());

        var number = 0;
        var raised = await UntilAsync(async () =>
        {
            foreach (var silo in cluster.Silos) await SendAsync(silo.Address, number++);
            return await EventsAsync(cluster.Silos[0].Address) is { Count: > 0 } events ? events : null;
        });
        var judge = cluster.Silos.Single(s => File.ReadAllText(s.Process.LogPath).Contains($"alert {raised[0]} ", StringComparison.Ordinal));
        judge.Process.Kill();
        var living = cluster.Silos.First(s => s != judge).Address;
        var known = await UntilAsync(async () => await EventsAsync(living) is { Count: > 0 } events ? events : null);
        output.WriteLine($"{judge.Name} judged and was killed; {known.Count} alerts");
        Assert.Subset(known.ToHashSet(), raised.ToHashSet());
        Assert.Empty(receiver.Received);

        receiver.Start();
        await UntilAsync(() => Task.FromResult(known.All(id => receiver.Received.Any(r => r.Event.StartsWith(id, StringComparison.Ordinal))) ? receiver : null));
        Assert.Equal(receiver.Received.Count, receiver.Received.Select(r => r.Event).Distinct().Count());
        Assert.All(receiver.Received, r => Assert.Equal("sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret), r.Body)), r.Signature));
    }

    private static async Task<IReadOnlyList<string>?> EventsAsync(Uri gateway)
    {
        using var answer = await Http.GetAsync(new Uri(gateway, "v2/models/a/versions/1/drift/events"));
        if (!answer.IsSuccessStatusCode) return null;
        var events = await answer.Content.ReadFromJsonAsync<JsonElement>();
        return [.. events.GetProperty("events").EnumerateArray().Select(e => e.GetProperty("id").GetString()!)];
    }

    private static async Task SendAsync(Uri gateway, int number)
    {
        var random = new Random(number);
        double[] row = [.. Enumerable.Range(0, 4).Select(_ => random.NextDouble() + 5)];
        using var answer = await Http.PostAsJsonAsync(
            new Uri(gateway, "v2/models/a/versions/1/infer"), new { inputs = new[] { new { name = "input", datatype = "FP32", shape = new[] { 1, 4 }, data = row } } });
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }

    private static async Task<T> UntilAsync<T>(Func<Task<T?>> read)
        where T : class
    {
        for (var until = DateTime.UtcNow + Patience; ; await Task.Delay(50))
        {
            if (await read() is { } found) return found;
            if (DateTime.UtcNow > until) throw new TimeoutException("it did not come to pass");
        }
    }

    private static (string Repository, IReadOnlyList<string> Models) Make(string repository, string url)
    {
        var version = Path.Combine(repository, "a", "1");
        Directory.CreateDirectory(version);
        File.Copy(Path.Combine(Checkout.Samples, "iris", "2", "model.onnx"), Path.Combine(version, "model.onnx"));
        File.WriteAllText(
            Path.Combine(repository, "a", "model.json"),
            $$$$"""{"serving": {"drift": {"window": {"seconds": 5}, "webhooks": [{"url": "{{{{url}}}}", "secret": "{{{{Secret}}}}"}]}}}""");
        return (repository, ["a"]);
    }
}
