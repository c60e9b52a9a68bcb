using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Gateway.Grpc.Messages;
using Gateway.Tests.Grpc;
using Gateway.Tests.Http;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Serving.Access;

namespace Gateway.Tests.Access;

/// <summary>JSON Web Tokens at the door. The clock stands in 1970.</summary>
public sealed class TokenTests : IDisposable
{
    private const string Refusal = """{"error":"the token is not accepted here; get a new one, for this server, from its issuer","code":"unauthenticated"}""";

    private readonly ManualClock clock = new();
    private readonly string folder = Directory.CreateTempSubdirectory("serving-jwt-").FullName;
    private readonly RsaSecurityKey key = new(RSA.Create(2048)) { KeyId = "k1" };

    public TokenTests() => clock.Advance(TimeSpan.FromDays(1));

    public void Dispose()
    {
        key.Rsa.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Token_Good_MayWhatItsClaimsSay()
    {
        await using var gateway = await StartAsync();
        var reader = Token(claims: new() { ["scope"] = "openid serving.read" });
        var group = Token(claims: new() { ["groups"] = new[] { "staff", "ml" } });

        Assert.Equal(200, (await AskAsync(gateway, reader)).Status);
        Assert.Equal(403, (await AskAsync(gateway, reader, "/v2/logging")).Status);
        Assert.Equal(403, (await AskAsync(gateway, reader, "/v2/models/cold")).Status);
        Assert.Equal(200, (await AskAsync(gateway, group, "/v2/logging")).Status);
        Assert.Equal(403, (await AskAsync(gateway, Token())).Status);
        using var client = new GrpcClient(gateway.GrpcAddress);
        Assert.Equal(0, (await client.CallAsync("ModelMetadata", new ModelMetadataRequest { Name = "double" }, ("authorization", $"Bearer {reader}"))).Status);
        Assert.Equal(7, (await client.CallAsync("ModelInfer", Infers.Raw(1), ("authorization", $"Bearer {reader}"))).Status);
        Assert.Empty(gateway.Log.Lines);
    }

    [Fact]
    public async Task Token_Bad_IsRefusedWithTheSameWords()
    {
        await using var gateway = await StartAsync(("AuthFailuresPerMinute", "1000"));
        using var client = new GrpcClient(gateway.GrpcAddress);
        var good = Token(claims: Admin());
        var foreign = new RsaSecurityKey(RSA.Create(2048)) { KeyId = "k1" };
        var unknown = new RsaSecurityKey(RSA.Create(2048)) { KeyId = "k2" };
        var symmetric = new SymmetricSecurityKey(key.Rsa.ExportSubjectPublicKeyInfo()) { KeyId = "k1" };
        var parts = good.Split('.');
        var none = Base64UrlEncoder.Encode("""{"alg":"none","typ":"JWT"}""");
        var bad = new Dictionary<string, string>
        {
            ["expired, and of another key"] = Token(expires: -31, signer: foreign, claims: Admin()),
            ["not yet good"] = Token(from: 31, claims: Admin()),
            ["another audience"] = Token(audience: "elsewhere", claims: Admin()),
            ["another issuer"] = Token(issuer: "https://other.example", claims: Admin()),
            ["another key of that id"] = Token(signer: foreign, claims: Admin()),
            ["a key that is not known"] = Token(signer: unknown, claims: Admin()),
            ["the public key as a secret"] = Token(signer: symmetric, algorithm: SecurityAlgorithms.HmacSha256, claims: Admin()),
            ["not signed"] = $"{none}.{parts[1]}.",
            ["without its signature"] = $"{parts[0]}.{parts[1]}.",
            ["changed"] = $"{parts[0]}.{Base64UrlEncoder.Encode(Base64UrlEncoder.Decode(parts[1]).Replace("\"ml\"", "\"mm\""))}.{parts[2]}",
            ["nonsense"] = "eyJhbGciOiJSUzI1NiJ9.x.y",
        };

        foreach (var (what, token) in bad)
        {
            var (status, body) = await AskAsync(gateway, token, "/v2/logging");
            Assert.Equal((what, 401, Refusal), (what, status, body));
            var reply = await client.CallAsync("RepositoryIndex", new RepositoryIndexRequest(), ("authorization", $"Bearer {token}"));
            Assert.Equal((what, 16), (what, reply.Status));
        }

        Assert.Equal(200, (await AskAsync(gateway, good, "/v2/logging")).Status);
        Assert.Empty(gateway.Log.Lines);
    }

    [Fact]
    public async Task Token_WhileItIsUsed_Ends()
    {
        await using var gateway = await StartAsync();
        var token = Token(expires: 60, claims: Admin());
        Assert.Equal(200, (await AskAsync(gateway, token)).Status);

        clock.Advance(TimeSpan.FromSeconds(91));

        var (status, body) = await AskAsync(gateway, token);
        Assert.Equal((401, """{"error":"the token has expired; get a new one from its issuer","code":"unauthenticated"}"""), (status, body));
    }

    [Fact]
    public async Task Keys_BesideTokens_StillLetIn()
    {
        var store = new FakeAccessStore();
        await using var gateway = await RunningGateway.StartAsync(store, clock, ("AccessPolicy", WritePolicy($"\"jwks_file\":{JsonSerializer.Serialize(WriteKeys(key))}")));

        // No key was ever made, and nobody is let in for it.
        var (status, body) = await AskAsync(gateway, null);
        Assert.Equal(401, status);
        Assert.Contains("this needs an API key or a token; send it as", body);
        Assert.Equal(200, (await AskAsync(gateway, store.Add(AccessScope.Read))).Status);
        Assert.Equal(200, (await AskAsync(gateway, Token(claims: Admin()))).Status);
    }

    [Fact]
    public async Task IssuerWithAnAddress_ChangesItsKeys_IsAskedAgain()
    {
        var next = new RsaSecurityKey(RSA.Create(2048)) { KeyId = "k2" };
        using var issuer = new KeyServer { Json = KeysOf(key) };
        await using var gateway = await RunningGateway.StartAsync(clock, ("AccessPolicy", WritePolicy($"\"jwks_url\":\"{issuer.Url}\"")));
        await UntilAsync(gateway, Token(claims: Admin()));

        issuer.Json = KeysOf(next);
        await UntilAsync(gateway, Token(signer: next, claims: Admin()));

        Assert.Equal(401, (await AskAsync(gateway, Token(claims: Admin()))).Status);
        Assert.InRange(issuer.Asked, 2, 100);
    }

    [Theory]
    [InlineData("""{"jwt":{"issuer":"a","audience":"b","grants":[]}}""", "jwt must have one of jwks_file and jwks_url")]
    [InlineData("""{"jwt":{"issuer":"a","audience":"","jwks_url":"http://x.example/k","grants":[]}}""", "jwt.audience must not be empty; jwt.jwks_url must be an https address")]
    [InlineData("""{"jwt":{"issuer":"a","audience":"b","jwks_file":"/nowhere","grants":[{"claim":"s","value":"v","scope":["all"]}]}}""", "jwt.grants[0].scope[0] must be one of infer, read, admin")]
    [InlineData("""{"certificates":[{"subject":"CN=a"}],"color":1}""", "certificates[0].grants is required; color is not a field here, remove it")]
    [InlineData("{}", "the policy lets nobody in; give it certificates or jwt")]
    public void Policy_Faulty_IsToldWhole(string json, string sentence) =>
        Assert.Equal(sentence, Serving.Access.Policy.AccessPolicyJson.Read(Encoding.UTF8.GetBytes(json)).Error?.Message);

    private static Dictionary<string, object> Admin() => new() { ["groups"] = "ml" };

    private static async Task<(int Status, string Body)> AskAsync(RunningGateway gateway, string? token, string path = "/v2/models/double")
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (token is not null) request.Headers.Add("Authorization", $"Bearer {token}");
        using var answer = await gateway.Client.SendAsync(request);
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    private async Task UntilAsync(RunningGateway gateway, string token)
    {
        var patience = System.Diagnostics.Stopwatch.StartNew();
        while ((await AskAsync(gateway, token)).Status != 200)
        {
            Assert.True(patience.Elapsed < TimeSpan.FromSeconds(20), "the keys are never read");
            clock.Advance(TimeSpan.FromSeconds(1));
        }
    }

    private string Token(
        string issuer = "https://issuer.example", string audience = "serving", int from = 0, int expires = 1_000_000, SecurityKey? signer = null,
        string algorithm = SecurityAlgorithms.RsaSha256, Dictionary<string, object>? claims = null)
    {
        claims ??= [];
        claims["sub"] = "somebody";
        var now = clock.GetUtcNow().UtcDateTime;
        return new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = issuer, Audience = audience, NotBefore = now.AddSeconds(from), Expires = now.AddSeconds(expires), IssuedAt = now,
            Claims = claims, SigningCredentials = new SigningCredentials(signer ?? key, algorithm),
        });
    }

    private static string KeysOf(RsaSecurityKey key)
    {
        var open = JsonWebKeyConverter.ConvertFromRSASecurityKey(new RsaSecurityKey(key.Rsa.ExportParameters(includePrivateParameters: false)) { KeyId = key.KeyId });
        return JsonSerializer.Serialize(new { keys = new[] { new { kty = open.Kty, kid = open.Kid, n = open.N, e = open.E, use = "sig" } } });
    }

    private string WriteKeys(RsaSecurityKey key)
    {
        var path = Path.Combine(folder, "keys.json");
        File.WriteAllText(path, KeysOf(key));
        return path;
    }

    private string WritePolicy(string place)
    {
        var path = Path.Combine(folder, "policy.json");
        File.WriteAllText(path, $$$"""
            {"jwt":{"issuer":"https://issuer.example","audience":"serving",{{{place}}},"refresh_seconds":10,"grants":[
              {"claim":"scope","value":"serving.read","scope":["read"],"models":"dou*"},
              {"claim":"groups","value":"ml","scope":["infer","read","admin"]}]}}
            """);
        return path;
    }

    private Task<RunningGateway> StartAsync(params (string Key, string Value)[] settings) => RunningGateway.StartAsync(
        clock, [("AccessPolicy", WritePolicy($"\"jwks_file\":{JsonSerializer.Serialize(WriteKeys(key))}")), .. settings]);

    /// <summary>Answers every request with the keys.</summary>
    private sealed class KeyServer : IDisposable
    {
        private readonly TcpListener listener = new(IPAddress.Loopback, 0);

        public KeyServer()
        {
            listener.Start();
            _ = ServeAsync();
        }

        public string Json { get; set; } = "";

        public int Asked { get; private set; }

        public string Url => $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/keys";

        public void Dispose() => listener.Dispose();

        private async Task ServeAsync()
        {
            while (true)
            {
                try
                {
                    using var caller = await listener.AcceptTcpClientAsync();
                    await caller.GetStream().ReadAtLeastAsync(new byte[4096], 1);
                    Asked++;
                    var json = Json;
                    await caller.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Length: {json.Length}\r\nConnection: close\r\n\r\n{json}"));
                }
                catch (Exception end) when (end is SocketException or ObjectDisposedException or OperationCanceledException)
                {
                    return;
                }
            }
        }
    }
}
