using Gateway.Access;
using Gateway.Hosting;
using Gateway.Http;
using Gateway.Tests.Http;
using Serving.Access;

namespace Gateway.Tests.Access;

public sealed class HttpDoorTests
{
    [Fact]
    public async Task EveryOperation_EveryBadCaller_IsRefusedBeforeTheBody()
    {
        // What one edition has alone stands at the door like everything else.
        var (store, page) = (new FakeAccessStore(), new ProgramOperation("program", "/v2/program", "Of one edition.", "{}", Answer.EmptyAsync));
        await using var gateway = await RunningGateway.StartAsync(store, page, ("AuthFailuresPerMinute", "100000"));
        Assert.Contains(gateway.Operations, operation => operation.Pattern == page.Path);
        var refused = 0;
        foreach (var operation in gateway.Operations)
        {
            if (operation.Kind.Scope == AccessScope.None) continue;
            foreach (var (name, key, status, code) in BadCallers.Of(store, operation.Kind))
            {
                using var connection = gateway.Connect();
                var path = operation.Pattern.Replace("{model}", "double").Replace("{version}", "1").Replace("{key}", "x").Replace("{label}", "x");

                // The body is announced and never sent: whoever waits for it does not answer.
                var body = operation.Method is "POST" or "PUT" ? "Content-Length: 1000\r\n" : "";
                var header = key is null ? "" : $"x-api-key: {key}\r\n";
                connection.Send($"{operation.Method} {path} HTTP/1.1\r\nHost: x\r\n{body}{header}\r\n");
                var answer = connection.Receive();

                Assert.True((status, code) == (answer.Status, answer.Code), $"{operation.Method} {path}, {name}: {answer.Status} {answer.Code}");
                Assert.Equal(status == 401, answer.Headers.ContainsKey("WWW-Authenticate"));
                refused++;
            }
        }

        Assert.InRange(refused, 150, int.MaxValue);
    }

    [Fact]
    public async Task PublicOperations_AreTheProbesAndTheManual()
    {
        await using var gateway = await RunningGateway.StartAsync(new FakeAccessStore());

        Assert.Equal(
            ["/docs", "/openapi.json", "/v2/health/live", "/v2/health/ready"],
            gateway.Operations.Where(o => o.Kind.Scope == AccessScope.None).Select(o => o.Pattern).Order());
    }

    [Theory]
    [InlineData("Authorization: Bearer {0}")]
    [InlineData("authorization: bearer   {0} ")]
    [InlineData("Authorization: {0}")]
    [InlineData("x-api-key: {0}")]
    public async Task Key_InAnyHeader_LetsIn(string header)
    {
        var store = new FakeAccessStore();
        var key = store.Add(AccessScope.Infer, "dou*");
        await using var gateway = await RunningGateway.StartAsync(store);
        using var connection = gateway.Connect();

        connection.Send(InferRequests.Http(InferRequests.Json, string.Format(header, key) + "\r\n"));

        Assert.Equal(200, connection.Receive().Status);
    }

    [Theory]
    [InlineData("x-api-key: \r\n", 401)]
    [InlineData("x-api-key: {0}\r\nx-api-key: {0}\r\n", 401)]
    [InlineData("Authorization: Bearer {0}\r\nAuthorization: Bearer {0}\r\n", 401)]
    [InlineData("Authorization: Bearer\r\n", 401)]
    [InlineData("Authorization: Basic dXNlcjpzZWNyZXQ=\r\n", 401)]
    [InlineData("Authorization: Bearer hello\r\nx-api-key: {0}\r\n", 401)]
    [InlineData("x-api-key: {0}\u00e9\r\n", 400)]
    [InlineData("x-api-key: {0}\0\r\n", 400)]
    [InlineData("x-api-key : {0}\r\n", 400)]
    public async Task Key_InHeadersThatAreNotWhole_LetsNobodyIn(string headers, int status)
    {
        var store = new FakeAccessStore();
        var key = store.Add(AccessScope.Infer);
        await using var gateway = await RunningGateway.StartAsync(store);
        using var connection = gateway.Connect();

        connection.Send(InferRequests.Http(InferRequests.Json, headers.Replace("{0}", key)));

        var answer = connection.Receive();
        Assert.Equal((status, true), (answer.Status, answer.Code is { Length: > 0 }));
    }

    [Theory]
    [InlineData(30_000, 401)]
    [InlineData(40_000, 431)]
    public async Task Key_FarTooLong_IsRefused(int length, int status)
    {
        var store = new FakeAccessStore();
        store.Add(AccessScope.Infer);
        await using var gateway = await RunningGateway.StartAsync(store);
        using var connection = gateway.Connect();

        connection.Send($"GET /v2 HTTP/1.1\r\nHost: x\r\nx-api-key: {new string('a', length)}\r\n\r\n");

        Assert.Equal(status, connection.Receive().Status);
    }

    /// <summary>Good keys with bytes changed, left out, added and doubled: none opens, none is a fault of the server's.</summary>
    [Fact]
    public async Task Key_Mutated_NeverLetsIn()
    {
        var store = new FakeAccessStore();
        var key = store.Add(AccessScope.Infer | AccessScope.Read);
        await using var gateway = await RunningGateway.StartAsync(store, ("AuthFailuresPerMinute", "100000"));
        var random = new Random(1);
        for (var i = 0; i < 500; i++)
        {
            var sent = Mutate(key, random);
            if (sent.Trim(' ', '\t') == key) continue;
            using var connection = gateway.Connect();

            connection.Send($"GET /v2 HTTP/1.1\r\nHost: x\r\n{(i % 2 == 0 ? "x-api-key: " : "Authorization: Bearer ")}{sent}\r\n\r\n");

            var status = connection.Receive().Status;
            Assert.True(status is 400 or 401, $"{sent}: {status}");
        }

        Assert.Empty(gateway.Log.Lines);
    }

    /// <summary>A connection remembers what it showed, and nothing more than that.</summary>
    [Fact]
    public async Task Key_ShownAgainOnItsConnection_IsJudgedAnew()
    {
        var (store, clock, nobody) = (new FakeAccessStore(), new ManualClock(), new Actor("test", null));
        var key = store.Add(AccessScope.Read, expires: DateTimeOffset.UnixEpoch + TimeSpan.FromHours(1));
        var other = store.Add(AccessScope.Read);
        await using var gateway = await RunningGateway.StartAsync(store, clock);
        using var connection = gateway.Connect();
        int Ask(string token)
        {
            connection.Send($"GET /v2 HTTP/1.1\r\nHost: x\r\nx-api-key: {token}\r\n\r\n");
            return connection.Receive().Status;
        }

        Assert.Equal((200, 200, 401, 200), (Ask(key), Ask(key), Ask(key[..^1] + "!"), Ask(key)));
        Assert.Equal((200, 200, 200), (Ask(other), Ask(key), Ask(other)));
        await store.RevokeAsync(other.Substring(4, KeyToken.IdLength), nobody, default);
        Assert.Equal((401, 200), (Ask(other), Ask(key)));
        var rotated = (await store.RotateAsync(key.Substring(4, KeyToken.IdLength), TimeSpan.FromMinutes(1), nobody, default)).Value.Token;
        Assert.Equal((200, 200, 200), (Ask(key), Ask(rotated), Ask(key)));
        clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal((401, 200), (Ask(key), Ask(rotated)));
        clock.Advance(TimeSpan.FromMinutes(59));
        Assert.Equal(401, Ask(rotated));
    }

    [Fact]
    public async Task Door_WithoutAnyKeyEver_IsOpenAndClosesWithTheFirst()
    {
        var store = new FakeAccessStore();
        await using var gateway = await RunningGateway.StartAsync(store);
        Assert.Equal(200, (int)(await gateway.Client.GetAsync("/v2")).StatusCode);

        store.Add(AccessScope.Read, revoked: true);

        Assert.Equal(401, (int)(await gateway.Client.GetAsync("/v2")).StatusCode);
        Assert.Equal(200, (int)(await gateway.Client.GetAsync("/v2/health/live")).StatusCode);
    }

    [Fact]
    public async Task Lists_LimitedKey_ShowItsModelsOnly()
    {
        var store = new FakeAccessStore();
        await using var gateway = await RunningGateway.StartAsync(store);
        gateway.Client.DefaultRequestHeaders.Add("x-api-key", store.Add(AccessScope.Read, "cold"));

        var index = await (await gateway.Client.PostAsync("/v2/repository/index", null)).Content.ReadAsStringAsync();
        Assert.Contains("cold", index);
        Assert.DoesNotContain("double", index);
        Assert.DoesNotContain("double", await gateway.Client.GetStringAsync("/v2/models/stats"));
    }

    [Fact]
    public async Task Failures_OverTheLimit_AreAnswered429AndGoodKeysAreNot()
    {
        var store = new FakeAccessStore();
        var good = store.Add(AccessScope.Read);
        await using var gateway = await RunningGateway.StartAsync(store, ("AuthFailuresPerMinute", "3"));
        var wrong = good[..^1] + "!";
        var statuses = new List<int>();
        for (var i = 0; i < 5; i++) statuses.Add(await StatusAsync(gateway, wrong));

        Assert.Equal([401, 401, 401, 429, 429], statuses);
        Assert.Equal(200, await StatusAsync(gateway, good));
        Assert.Equal(401, await StatusAsync(gateway, null));
        var text = await ReadAsync(gateway, good, "/metrics");
        Assert.Contains("serving_access_refused_total{reason=\"unknown\"} 5\n", text);
        Assert.Contains("serving_access_refused_total{reason=\"missing\"} 1\n", text);
    }

    [Fact]
    public async Task Errors_ForAnyCaller_NeverRepeatTheSecret()
    {
        var store = new FakeAccessStore();
        await using var gateway = await RunningGateway.StartAsync(store);
        foreach (var token in new[] { store.Add(AccessScope.Infer, expires: DateTimeOffset.UnixEpoch), store.Add(AccessScope.Infer), store.Add(AccessScope.Read)[..^3] + "abc" })
        {
            gateway.Client.DefaultRequestHeaders.Remove("x-api-key");
            gateway.Client.DefaultRequestHeaders.Add("x-api-key", token);
            using var response = await gateway.Client.GetAsync("/v2/models/double");

            Assert.InRange((int)response.StatusCode, 401, 403);
            Assert.DoesNotContain(token[^KeyToken.SecretLength..], $"{response}{await response.Content.ReadAsStringAsync()}");
        }

        Assert.Empty(gateway.Log.Lines);
    }

    private static string Mutate(string key, Random random)
    {
        var text = key.ToList();
        for (var change = random.Next(1, 4); change > 0; change--)
        {
            var at = random.Next(text.Count);
            var any = (char)random.Next(256);
            if (any is '\r' or '\n') any = '_';
            switch (random.Next(4))
            {
                case 0: text[at] = any; break;
                case 1: text.RemoveAt(at); break;
                case 2: text.Insert(at, any); break;
                default: text.AddRange([',', .. key]); break;
            }
        }

        return new string([.. text]);
    }

    private static async Task<int> StatusAsync(RunningGateway gateway, string? key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v2");
        if (key is not null) request.Headers.Add("x-api-key", key);
        return (int)(await gateway.Client.SendAsync(request)).StatusCode;
    }

    private static async Task<string> ReadAsync(RunningGateway gateway, string key, string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Add("x-api-key", key);
        return await (await gateway.Client.SendAsync(request)).Content.ReadAsStringAsync();
    }
}
