using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Cluster.Tests.Processes;
using Xunit.Abstractions;

namespace Cluster.Tests;

/// <summary>Shadows over three silos, of which most have the shadow elsewhere: every gateway shows the sum of what all did.</summary>
public sealed class ShadowTests(ITestOutputHelper output)
{
    private const int Requests = 50;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(10) };

    [RedisFact]
    public async Task Copies_OfAllGateways_AddUp_AndWhatAKilledSiloToldStays()
    {
        await using var cluster = await RunningCluster.StartAsync(3, models: 0, "--replicas", "1");
        foreach (var silo in cluster.Silos) await UntilAsync(async () => (await InferAsync(silo.Address)).Contains("version=2", StringComparison.Ordinal));
        using var put = await Http.PutAsync(
            new Uri(cluster.Silos[1].Address, "v2/models/iris/traffic"),
            new StringContent("""{"variants": [{"version": "1", "weight": 1}], "shadows": [{"version": "2", "percent": 100}]}""", Encoding.UTF8, "application/json"));
        Assert.True(put.IsSuccessStatusCode, await put.Content.ReadAsStringAsync());

        // In force everywhere; the shadow's own answers have no shadow.
        foreach (var silo in cluster.Silos)
            await UntilAsync(async () => (await InferAsync(silo.Address, "/versions/2")).Contains("epoch=1", StringComparison.Ordinal));
        for (var i = 0; i < Requests; i++)
            foreach (var silo in cluster.Silos) Assert.Contains("version=1", await InferAsync(silo.Address));
        foreach (var silo in cluster.Silos) await UntilAsync(async () => IsWhole(await ReadAsync(silo.Address), 3 * Requests));
        var shadow = await ReadAsync(cluster.Silos[0].Address);
        output.WriteLine(shadow.GetRawText());
        Assert.Equal(0, Count(shadow, "failed"));
        Assert.InRange(Count(shadow, "compared"), 1, 3 * Requests);
        Assert.Equal(Count(shadow, "compared"), Count(shadow, "agreed"));
        Assert.Equal(3, shadow.GetProperty("nodes").GetArrayLength());

        cluster.Silos[2].Process.Kill();
        await UntilAsync(async () => Silent(await ReadAsync(cluster.Silos[0].Address)) is ["silo-3"]);
        await UntilAsync(async () => IsWhole(await ReadAsync(cluster.Silos[1].Address), 3 * Requests));
    }

    private static bool IsWhole(JsonElement shadow, int requests) =>
        Count(shadow, "sent") + Count(shadow, "dropped") == requests && Count(shadow, "compared") + Count(shadow, "failed") == Count(shadow, "sent");

    private static long Count(JsonElement shadow, string name) => shadow.GetProperty(name).GetInt64();

    private static string[] Silent(JsonElement shadow) =>
        [.. shadow.GetProperty("nodes").EnumerateArray().Where(n => n.GetProperty("silent").GetBoolean()).Select(n => n.GetProperty("node").GetString()!)];

    private static async Task<JsonElement> ReadAsync(Uri gateway) =>
        Assert.Single((await Http.GetFromJsonAsync<JsonElement>(new Uri(gateway, "v2/models/iris/traffic/shadows"))).GetProperty("shadows").EnumerateArray());

    /// <summary>Why the version answered that did.</summary>
    private static async Task<string> InferAsync(Uri gateway, string version = "")
    {
        using var content = new ByteArrayContent(await File.ReadAllBytesAsync(Path.Combine(Checkout.Samples, "iris", "example.json")));
        using var answer = await Http.PostAsync(new Uri(gateway, $"v2/models/iris{version}/infer"), content);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        return answer.Headers.GetValues("x-serving-route").Single();
    }

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        for (var until = DateTime.UtcNow + Patience; ; await Task.Delay(100))
        {
            try
            {
                if (await condition()) return;
            }
            catch (HttpRequestException away) when (away.StatusCode == HttpStatusCode.ServiceUnavailable)
            {
                // Asked of a silo that was just killed.
            }

            if (DateTime.UtcNow > until) throw new TimeoutException("it did not come to pass");
        }
    }
}
