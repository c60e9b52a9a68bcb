using System.Net.Http.Json;
using System.Text.Json;
using Gateway.Tests.Http;
using Serving;
using Serving.Access;

namespace Gateway.Tests.Access;

public sealed class KeyOperationsTests : IAsyncLifetime
{
    private readonly FakeAccessStore store = new();
    private RunningGateway gateway = null!;

    public async Task InitializeAsync()
    {
        gateway = await RunningGateway.StartAsync(store);
        gateway.Client.DefaultRequestHeaders.Add("x-api-key", store.Add(AccessScope.Admin));
    }

    public async Task DisposeAsync() => await gateway.DisposeAsync();

    [Fact]
    public async Task Create_Key_IsToldOnceAndWorksAtOnce()
    {
        using var response = await gateway.Client.PostAsJsonAsync("/v2/keys", new { name = "ci", grants = new[] { new { scope = new[] { "read" }, models = "double" } } });
        var made = await response.Content.ReadFromJsonAsync<JsonElement>();

        Assert.Equal((201, "no-store"), ((int)response.StatusCode, response.Headers.CacheControl!.ToString()));
        Assert.Equal(200, await StatusAsync("/v2/models/double", made.GetProperty("key").GetString()!));
        Assert.Equal(403, await StatusAsync("/v2/models/cold", made.GetProperty("key").GetString()!));
        var list = await gateway.Client.GetStringAsync("/v2/keys");
        Assert.Contains(made.GetProperty("id").GetString()!, list);
        Assert.DoesNotContain("osk_", list);
        Assert.DoesNotContain("hash", list);
        Assert.Contains("\"name\":\"ci\"", await gateway.Client.GetStringAsync($"/v2/keys/{made.GetProperty("id").GetString()}"));
    }

    [Fact]
    public async Task Revoke_Key_EndsIt()
    {
        var token = store.Add(AccessScope.Read);
        Assert.Equal(200, await StatusAsync("/v2", token));

        using var response = await gateway.Client.DeleteAsync($"/v2/keys/{token.Substring(4, 12)}");

        Assert.Contains("revoked_at", await response.Content.ReadAsStringAsync());
        Assert.Equal(401, await StatusAsync("/v2", token));
    }

    [Fact]
    public async Task Rotate_Key_GivesAnotherSecret()
    {
        var token = store.Add(AccessScope.Read);

        using var response = await gateway.Client.PostAsJsonAsync($"/v2/keys/{token.Substring(4, 12)}/rotate", new { overlap_seconds = 60 });
        var rotated = (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("key").GetString()!;

        Assert.Equal(token[..17], rotated[..17]);
        Assert.Equal(200, await StatusAsync("/v2", rotated));
        Assert.Equal(401, await StatusAsync("/v2", token));
    }

    [Theory]
    [InlineData("GET", "/v2/keys/nobody", 404)]
    [InlineData("DELETE", "/v2/keys/nobody", 404)]
    [InlineData("POST", "/v2/keys", 400)]
    [InlineData("GET", "/v2/audit?after=x", 400)]
    public async Task Call_Faulty_IsRefused(string method, string path, int status)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = method == "POST" ? JsonContent.Create(new { }) : null };

        Assert.Equal(status, (int)(await gateway.Client.SendAsync(request)).StatusCode);
    }

    [Fact]
    public async Task AdminCalls_ThatSucceed_AreInTheAuditWithBeforeAndAfter()
    {
        await gateway.Client.PostAsync("/v2/repository/models/double/load", null);
        gateway.Engine.RepositoryError = ServingError.ModelNotFound("double");
        await gateway.Client.PostAsync("/v2/repository/models/double/unload", null);

        var audit = await gateway.Client.GetFromJsonAsync<JsonElement>("/v2/audit");
        var entry = Assert.Single(audit.GetProperty("entries").EnumerateArray());
        Assert.Equal(("model_load", "double", "127.0.0.1"), (entry.GetProperty("action").GetString(), entry.GetProperty("target").GetString(), entry.GetProperty("from").GetString()));
        Assert.StartsWith("key:", entry.GetProperty("who").GetString());
        Assert.Equal("""["1 Unloading","2 Ready"]""", entry.GetProperty("before").GetRawText());
        Assert.Equal("""["1 Unloading","2 Ready"]""", entry.GetProperty("after").GetRawText());
        Assert.Equal("""{"entries":[]}""", await gateway.Client.GetStringAsync("/v2/audit?after=1"));
    }

    [Fact]
    public async Task AdminCall_AuditFails_IsLogged()
    {
        store.AuditError = new ServingError(ErrorCode.Internal, "the disk is full");

        Assert.Equal(200, (int)(await gateway.Client.PostAsync("/v2/repository/models/double/load", null)).StatusCode);
        Assert.Contains("The audit log lacks model_load of double by key:", Assert.Single(gateway.Log.Lines));
    }

    private async Task<int> StatusAsync(string path, string key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Add("x-api-key", key);
        using var client = new HttpClient { BaseAddress = gateway.Address };
        return (int)(await client.SendAsync(request)).StatusCode;
    }
}
