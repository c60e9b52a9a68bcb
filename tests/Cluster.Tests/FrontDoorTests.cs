using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Cluster.Tests.Processes;
using Xunit.Abstractions;

namespace Cluster.Tests;

/// <summary>The door of a cluster, by silos in processes of their own on a Redis: keys, limits, and where it may listen.</summary>
public sealed class FrontDoorTests(ITestOutputHelper output)
{
    private const string Everything = """{"name": "boss", "grants": [{"scope": ["infer", "read", "admin"]}]}""";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(30) };
    private static readonly byte[] Body = File.ReadAllBytes(Path.Combine(Checkout.Samples, "iris", "example.json"));

    [RedisFact]
    public async Task Keys_HoldEverywhere_AndARevokeOutlivesTheKillOfAll()
    {
        await using var cluster = await RunningCluster.StartAsync(3, 0);
        var gateways = cluster.Silos.Select(s => s.Address).ToArray();
        var boss = Text(await AskAsync(HttpMethod.Post, gateways[0], "v2/keys", null, Everything), "key");

        // The first key closes the door everywhere; another made here opens it there.
        foreach (var gateway in gateways) Assert.Equal(HttpStatusCode.Unauthorized, await InferAsync(gateway, null));
        var made = await AskAsync(HttpMethod.Post, gateways[1], "v2/keys", boss, """{"name": "caller", "grants": [{"scope": ["infer"], "models": "iris"}]}""");
        var (id, key) = (Text(made, "id"), Text(made, "key"));
        foreach (var gateway in gateways) Assert.Equal(HttpStatusCode.OK, await InferAsync(gateway, key));
        foreach (var (shown, status) in new (string?, HttpStatusCode)[] { (null, HttpStatusCode.Unauthorized), (key, HttpStatusCode.Forbidden), (boss, HttpStatusCode.OK) })
        {
            using var answer = await SendAsync(HttpMethod.Get, gateways[0], "v2/cluster", shown, (string?)null);
            Assert.Equal(status, answer.StatusCode);
        }

        var rotated = Text(await AskAsync(HttpMethod.Post, gateways[2], $"v2/keys/{id}/rotate", boss, "{}"), "key");
        foreach (var gateway in gateways)
            Assert.Equal((HttpStatusCode.Unauthorized, HttpStatusCode.OK), (await InferAsync(gateway, key), await InferAsync(gateway, rotated)));

        Assert.Contains("revoked_at", (await AskAsync(HttpMethod.Delete, gateways[0], $"v2/keys/{id}", boss)).GetRawText());
        foreach (var silo in cluster.Silos) silo.Process.Kill();
        foreach (var silo in cluster.Silos)
        {
            await silo.Process.ExitAsync(Patience);
            await silo.DisposeAsync();
            silo.Start();
        }

        // From the first answer on, whoever gives it: nobody is let in before the keys are known.
        foreach (var silo in cluster.Silos) Assert.Equal(HttpStatusCode.Unauthorized, await FirstAnswerAsync(silo, rotated));
        foreach (var silo in cluster.Silos) await silo.ReadyAsync(Patience);
        foreach (var gateway in gateways)
            Assert.Equal((HttpStatusCode.Unauthorized, HttpStatusCode.OK), (await InferAsync(gateway, rotated), await InferAsync(gateway, boss)));

        var audit = await AskAsync(HttpMethod.Get, gateways[2], "v2/audit", boss);
        Assert.Equal(
            ["key_create", "key_create", "key_rotate", "key_revoke"], audit.GetProperty("entries").EnumerateArray().Select(e => Text(e, "action")));
        Assert.StartsWith("key:", Text(audit.GetProperty("entries")[1], "who"));
    }

    [RedisFact]
    public async Task Redis_Hangs_KnownKeysGoOn_AndChangesAreRefused()
    {
        await using var cluster = await RunningCluster.StartAsync(2, 0);
        var gateways = cluster.Silos.Select(s => s.Address).ToArray();
        var boss = Text(await AskAsync(HttpMethod.Post, gateways[0], "v2/keys", null, Everything), "key");
        cluster.Redis.Freeze();

        foreach (var gateway in gateways)
        {
            using var refused = await SendAsync(HttpMethod.Post, gateway, "v2/keys", boss, Everything);
            output.WriteLine($"{(int)refused.StatusCode} {await refused.Content.ReadAsStringAsync()}");
            Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
            Assert.Equal((HttpStatusCode.OK, HttpStatusCode.Unauthorized), (await InferAsync(gateway, boss), await InferAsync(gateway, null)));
        }

        cluster.Redis.Resume();
        for (var until = DateTime.UtcNow + Patience; ; await Task.Delay(200))
        {
            using var taken = await SendAsync(HttpMethod.Post, gateways[1], "v2/keys", boss, Everything);
            if (taken.IsSuccessStatusCode) break;
            Assert.True(DateTime.UtcNow < until, await taken.Content.ReadAsStringAsync());
        }
    }

    /// <summary>Callers ask all three gateways for three times the limit of their key; a quiet one for a tenth of its own.</summary>
    [RedisFact]
    public async Task Limit_OverThreeGateways_IsOneLimit()
    {
        const int limit = 60;
        const int seconds = 10;
        await using var cluster = await RunningCluster.StartAsync(3, 0);
        var gateways = cluster.Silos.Select(s => s.Address).ToArray();
        var boss = Text(await AskAsync(HttpMethod.Post, gateways[0], "v2/keys", null, Everything), "key");
        var limits = $$$"""{"name": "x", "grants": [{"scope": ["infer"]}], "limits": {"requests_per_second": {{{limit}}}}}""";
        var noisy = Text(await AskAsync(HttpMethod.Post, gateways[1], "v2/keys", boss, limits), "key");
        var quiet = Text(await AskAsync(HttpMethod.Post, gateways[2], "v2/keys", boss, limits), "key");
        foreach (var gateway in gateways) Assert.Equal(HttpStatusCode.OK, await InferAsync(gateway, boss));

        var began = DateTime.UtcNow;
        var end = began.AddSeconds(seconds);
        var (admitted, refused, lost) = (0, 0, 0);
        var callers = gateways.Select(async gateway =>
        {
            for (var next = began; next < end; next += TimeSpan.FromSeconds(1.0 / limit))
            {
                if (next - DateTime.UtcNow is { Ticks: > 0 } wait) await Task.Delay(wait);
                var status = await InferAsync(gateway, noisy);
                Interlocked.Increment(ref status == HttpStatusCode.OK ? ref admitted : ref refused);
            }
        });
        var patient = Task.Run(async () =>
        {
            for (var i = 0; DateTime.UtcNow < end; i++, await Task.Delay(10_000 / limit))
                if (await InferAsync(gateways[i % 3], quiet) != HttpStatusCode.OK) lost++;
        });
        await Task.WhenAll([.. callers, patient]);
        var took = (DateTime.UtcNow - began).TotalSeconds;

        output.WriteLine($"{admitted} admitted and {refused} refused in {took:F1} s at {limit} a second; the quiet key lost {lost}");
        Assert.InRange(admitted, 0.9 * limit * seconds, limit * (took + 1));
        Assert.Equal(0, lost);
    }

    [RedisFact]
    public async Task Address_ThatOthersCanReach_NeedsAKeyOrThatItIsMeant()
    {
        await using var cluster = await RunningCluster.StartAsync(1, 0);
        await using (var open = cluster.Another("open", "--http-address", "0.0.0.0"))
        {
            open.Start();
            Assert.Equal(2, await open.Process.ExitAsync(Patience));
            Assert.Contains("make a key first (keys create), give an --access-policy, or start with --allow-anonymous", await File.ReadAllTextAsync(open.Process.LogPath));
        }

        await using (var meant = cluster.Another("meant", "--http-address", "0.0.0.0", "--allow-anonymous"))
        {
            meant.Start();
            await meant.ReadyAsync(Patience);
        }

        await AskAsync(HttpMethod.Post, cluster.Silos[0].Address, "v2/keys", null, Everything);
        await using var closed = cluster.Another("closed", "--http-address", "0.0.0.0");
        closed.Start();
        await closed.ReadyAsync(Patience);
        Assert.Equal(HttpStatusCode.Unauthorized, await InferAsync(closed.Address, null));
    }

    [RedisFact]
    public async Task KeysCommand_AdministersTheCluster_ByASiloOfTheMachine()
    {
        var data = Directory.CreateTempSubdirectory("serving-desk-").FullName;
        await using (var cluster = await RunningCluster.StartAsync(1, 0))
        {
            await using var silo = cluster.Another("desk", "--data-dir", data);
            silo.Start();
            await silo.ReadyAsync(Patience);

            var (code, key) = await KeysAsync("create", "--name", "cli", "--scope", "infer", "--data-dir", data);
            Assert.Equal(0, code);
            Assert.Equal(HttpStatusCode.OK, await InferAsync(cluster.Silos[0].Address, key.Trim()));
            Assert.Equal(HttpStatusCode.Unauthorized, await InferAsync(cluster.Silos[0].Address, null));
            var listed = await KeysAsync("list", "--data-dir", data);
            Assert.Contains("cli", listed.Output);
            Assert.Equal(0, (await KeysAsync("revoke", listed.Output.Split(' ')[0], "--data-dir", data)).Code);
            Assert.Equal(HttpStatusCode.Unauthorized, await InferAsync(cluster.Silos[0].Address, key.Trim()));
        }

        Assert.Equal(2, (await KeysAsync("list", "--data-dir", data)).Code);
        Directory.Delete(data, recursive: true);
    }

    private static async Task<(int Code, string Output)> KeysAsync(params string[] arguments)
    {
        var start = new System.Diagnostics.ProcessStartInfo(Checkout.Program("Silo"), ["keys", .. arguments])
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        };
        using var process = System.Diagnostics.Process.Start(start)!;
        var (text, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        await errors;
        return (process.ExitCode, await text);
    }

    /// <summary>What the silo answers as soon as it answers.</summary>
    private static async Task<HttpStatusCode> FirstAnswerAsync(SiloProcess silo, string key)
    {
        for (var until = DateTime.UtcNow + Patience; ; await Task.Delay(5))
        {
            try
            {
                return await InferAsync(silo.Address, key);
            }
            catch (HttpRequestException) when (DateTime.UtcNow < until)
            {
                // It does not listen yet.
            }
        }
    }

    private static async Task<HttpStatusCode> InferAsync(Uri gateway, string? key)
    {
        using var answer = await SendAsync(HttpMethod.Post, gateway, "v2/models/iris/infer", key, new ByteArrayContent(Body));
        return answer.StatusCode;
    }

    private static async Task<JsonElement> AskAsync(HttpMethod method, Uri gateway, string path, string? key, string? body = null)
    {
        using var answer = await SendInTimeAsync(method, gateway, path, key, body);
        Assert.True(answer.IsSuccessStatusCode, $"{(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
        return await answer.Content.ReadFromJsonAsync<JsonElement>();
    }

    /// <summary>As a client does that is told to come back: a grain may have been on a silo that has just gone.</summary>
    private static async Task<HttpResponseMessage> SendInTimeAsync(HttpMethod method, Uri gateway, string path, string? key, string? body)
    {
        for (var until = DateTime.UtcNow + Patience; ; await Task.Delay(500))
        {
            var answer = await SendAsync(method, gateway, path, key, body);
            if (answer.StatusCode != HttpStatusCode.ServiceUnavailable || DateTime.UtcNow > until) return answer;
            answer.Dispose();
        }
    }

    private static Task<HttpResponseMessage> SendAsync(HttpMethod method, Uri gateway, string path, string? key, string? body) =>
        SendAsync(method, gateway, path, key, body is null ? null : new StringContent(body, new MediaTypeHeaderValue("application/json")));

    private static async Task<HttpResponseMessage> SendAsync(HttpMethod method, Uri gateway, string path, string? key, HttpContent? content)
    {
        using var request = new HttpRequestMessage(method, new Uri(gateway, path)) { Content = content };
        if (key is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return await Http.SendAsync(request);
    }

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;
}
