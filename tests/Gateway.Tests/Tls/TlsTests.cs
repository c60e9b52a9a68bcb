using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Gateway.Grpc.Messages;
using Gateway.Hosting;
using Gateway.Tests.Access;
using Gateway.Tests.Grpc;
using Gateway.Tests.Http;
using Serving.Access;

namespace Gateway.Tests.Tls;

public sealed class TlsTests : IDisposable
{
    private const string Policy = """{"certificates":[{"subject":"CN=reader*","grants":[{"scope":["read"],"models":"dou*"}]}]}""";

    private readonly TestAuthority authority = new();
    private readonly ManualClock clock = new();

    public TlsTests() => authority.WriteServer("first");

    public void Dispose() => authority.Dispose();

    [Fact]
    public async Task Https_EitherVersion_IsNegotiated()
    {
        await using var gateway = await StartAsync();
        using var http = ClientOf(gateway.Address);
        foreach (var version in new[] { HttpVersion.Version11, HttpVersion.Version20 })
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/v2/models/double/infer")
            {
                Version = version, VersionPolicy = HttpVersionPolicy.RequestVersionExact, Content = new StringContent(InferRequests.Json, null, "application/json"),
            };
            using var answer = await http.SendAsync(request);

            Assert.Equal((200, version), ((int)answer.StatusCode, answer.Version));
            Assert.Contains("[3.0,-4.0]", await answer.Content.ReadAsStringAsync());
        }

        // What HTTP/2 brings to the HTTP port is not gRPC.
        using var call = new HttpRequestMessage(HttpMethod.Post, "/inference.GRPCInferenceService/ServerLive") { Version = HttpVersion.Version20 };
        Assert.Equal(404, (int)(await http.SendAsync(call)).StatusCode);
    }

    [Fact]
    public async Task Grpc_OverTls_IsServed()
    {
        await using var gateway = await StartAsync();
        using var client = new GrpcClient(gateway.GrpcAddress, Trusting());

        Assert.True((await client.AskAsync("ServerLive", new ServerLiveRequest(), ServerLiveResponse.Parser)).Live);
    }

    [Fact]
    public async Task Certificate_Replaced_IsShownToNewConnectionsAndOldOnesGoOn()
    {
        await using var gateway = await StartAsync();
        await using var old = await ConnectAsync(gateway.Address);
        Assert.Equal("CN=first", old.RemoteCertificate!.Subject);

        authority.WriteServer("second");
        clock.Advance(TimeSpan.FromSeconds(1));

        await using var fresh = await ConnectAsync(gateway.Address);
        Assert.Equal("CN=second", fresh.RemoteCertificate!.Subject);
        Assert.Equal(200, await AskAsync(old));
        Assert.Equal(200, await AskAsync(fresh));
        Assert.Empty(gateway.Log.Lines);
    }

    [Fact]
    public async Task Certificate_ReplacedByHalves_TheLastGoodStays()
    {
        await using var gateway = await StartAsync();
        var key = File.ReadAllText(authority.KeyFile);
        authority.WriteServer("second");
        var next = File.ReadAllText(authority.KeyFile);
        File.WriteAllText(authority.KeyFile, key);

        for (var i = 0; i < 3; i++)
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            await using var connection = await ConnectAsync(gateway.Address);
            Assert.Equal("CN=first", connection.RemoteCertificate!.Subject);
        }

        Assert.Contains("the last good one stays in use", Assert.Single(gateway.Log.Lines));
        File.WriteAllText(authority.KeyFile, next);
        clock.Advance(TimeSpan.FromSeconds(1));
        await using var fresh = await ConnectAsync(gateway.Address);
        Assert.Equal("CN=second", fresh.RemoteCertificate!.Subject);
    }

    [Fact]
    public async Task ClientCertificate_ByItsSubject_MayWhatThePolicySays()
    {
        var store = new FakeAccessStore();
        var key = store.Add(AccessScope.Infer);
        await using var gateway = await StartAsync(store, ("AccessPolicy", authority.Write("policy.json", Policy)), ("TlsClientCa", authority.CaFile));
        using var reader = authority.Issue("CN=reader-1, O=acme");
        using var stranger = authority.Issue("CN=somebody");

        Assert.Equal(200, await AskAsync(gateway.Address, reader));
        Assert.Equal(403, await AskAsync(gateway.Address, reader, path: "/v2/models/cold"));
        Assert.Equal(403, await AskAsync(gateway.Address, stranger));
        Assert.Equal(401, await AskAsync(gateway.Address, null));

        // Who sends a key is judged by it alone.
        Assert.Equal(403, await AskAsync(gateway.Address, reader, key));
        Assert.Equal(401, await AskAsync(gateway.Address, reader, "osk_nonsense"));
        using var client = new GrpcClient(gateway.GrpcAddress, Trusting(reader));
        Assert.Equal(0, (await client.CallAsync("ModelMetadata", new ModelMetadataRequest { Name = "double" })).Status);
        Assert.Equal(7, (await client.CallAsync("ModelMetadata", new ModelMetadataRequest { Name = "cold" })).Status);
        Assert.Equal(7, (await client.CallAsync("ModelInfer", Infers.Raw(1))).Status);
    }

    [Theory]
    [InlineData("optional", false, true)]
    [InlineData("required", false, false)]
    [InlineData("optional", true, false)]
    [InlineData("required", true, false)]
    public async Task ClientCertificate_MissingOrOfAnotherAuthority_IsDecidedByTheHandshake(string mode, bool foreign, bool passes)
    {
        await using var gateway = await StartAsync(("TlsClientCa", authority.CaFile), ("TlsClientCertificates", mode));
        using var other = new TestAuthority();
        using var certificate = foreign ? other.Issue("CN=reader-1") : null;

        var asked = AskAsync(gateway.Address, certificate);

        if (passes) Assert.Equal(200, await asked);
        else Assert.IsAssignableFrom<Exception>(await Record.ExceptionAsync(() => asked));
        Assert.Empty(gateway.Log.Lines);
    }

    [Fact]
    public async Task ClientCertificate_ForServersOnly_IsRefused()
    {
        await using var gateway = await StartAsync(("TlsClientCa", authority.CaFile));
        using var server = authority.Issue("CN=reader-1", "1.3.6.1.5.5.7.3.1");

        Assert.IsAssignableFrom<Exception>(await Record.ExceptionAsync(() => AskAsync(gateway.Address, server)));
    }

    [Fact]
    public async Task PlainText_OnATlsPort_IsClosed()
    {
        await using var gateway = await StartAsync();
        using var connection = gateway.Connect();
        connection.Send("GET /v2 HTTP/1.1\r\nHost: x\r\n\r\n");

        Assert.True(connection.IsAtEnd());
    }

    [Theory]
    [InlineData("--tls-certificate {cert}", "--tls-certificate and --tls-key go together; give both")]
    [InlineData("--tls-certificate {cert} --tls-key {ca}", "--tls-certificate {cert} with --tls-key {ca}: ")]
    [InlineData("--tls-client-ca {ca}", "--tls-client-ca has no effect without --tls-certificate")]
    [InlineData("--tls-certificate {cert} --tls-key {key} --tls-client-certificates required", "--tls-client-certificates required needs --tls-client-ca")]
    [InlineData("--access-policy {policy}", "--access-policy {policy} has certificates, which need --tls-client-ca")]
    [InlineData("--access-policy {key}", "--access-policy {key}: the document is not valid JSON")]
    public async Task Start_FaultyFiles_IsRefused(string arguments, string message)
    {
        var policy = authority.Write("policy.json", Policy);
        string[] words = [.. arguments.Split(' ').Select(Fill), "--http-port", "0", "--grpc-port", "0"];

        var fault = await Assert.ThrowsAsync<StartupFaultException>(() => RunningGateway.StartWithAsync(words));

        Assert.StartsWith(Fill(message), Assert.Single(fault.Faults), StringComparison.Ordinal);

        string Fill(string text) => text.Replace("{cert}", authority.CertificateFile).Replace("{key}", authority.KeyFile)
            .Replace("{ca}", authority.CaFile).Replace("{policy}", policy);
    }

    [Theory]
    [InlineData("--access-policy {policy} --tls-client-ca {ca}", true)]
    [InlineData("--tls-client-ca {ca} --tls-client-certificates required", true)]
    [InlineData("--tls-client-ca {ca}", false)]
    [InlineData("", false)]
    public async Task Start_ReachableByOthers_NeedsToAskWhoTheyAre(string arguments, bool starts)
    {
        var policy = authority.Write("policy.json", Policy);
        string[] words =
        [
            "--http-address", "0.0.0.0", "--http-port", "0", "--grpc-port", "0", "--tls-certificate", authority.CertificateFile, "--tls-key", authority.KeyFile,
            .. arguments.Replace("{policy}", policy).Replace("{ca}", authority.CaFile).Split(' ', StringSplitOptions.RemoveEmptyEntries),
        ];

        var fault = await Record.ExceptionAsync(async () => await (await RunningGateway.StartWithAsync(words)).DisposeAsync());

        if (starts) Assert.Null(fault);
        else Assert.EndsWith("give an --access-policy, or start with --allow-anonymous", Assert.Single(Assert.IsType<StartupFaultException>(fault).Faults));
    }

    private static SslClientAuthenticationOptions Trusting(X509Certificate2? certificate = null) => new()
    {
        RemoteCertificateValidationCallback = static (_, _, _, _) => true,
        ClientCertificates = certificate is null ? null : [certificate],
        LocalCertificateSelectionCallback = certificate is null ? null : (_, _, _, _, _) => certificate,
    };

    private static HttpClient ClientOf(Uri address, X509Certificate2? certificate = null) =>
        new(new SocketsHttpHandler { SslOptions = Trusting(certificate) }) { BaseAddress = address };

    private static async Task<int> AskAsync(Uri address, X509Certificate2? certificate, string? key = null, string path = "/v2/models/double")
    {
        using var http = ClientOf(address, certificate);
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (key is not null) request.Headers.Add("x-api-key", key);
        return (int)(await http.SendAsync(request)).StatusCode;
    }

    private static async Task<SslStream> ConnectAsync(Uri address)
    {
        var socket = new TcpClient();
        await socket.ConnectAsync(address.Host, address.Port);
        var stream = new SslStream(socket.GetStream());
        await stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = address.Host, RemoteCertificateValidationCallback = static (_, _, _, _) => true, EnabledSslProtocols = SslProtocols.Tls13,
        });
        return stream;
    }

    private static async Task<int> AskAsync(SslStream connection)
    {
        await connection.WriteAsync("GET /v2/health/live HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray());
        var buffer = new byte[4096];
        var read = await connection.ReadAtLeastAsync(buffer, 100);
        return int.Parse(System.Text.Encoding.ASCII.GetString(buffer, 9, 3));
    }

    private Task<RunningGateway> StartAsync(params (string Key, string Value)[] settings) => StartAsync(null, settings);

    private Task<RunningGateway> StartAsync(IAccessStore? store, params (string Key, string Value)[] settings)
    {
        (string, string)[] all = [("TlsCertificate", authority.CertificateFile), ("TlsKey", authority.KeyFile), .. settings];
        return store is null ? RunningGateway.StartAsync(clock, all) : RunningGateway.StartAsync(store, clock, all);
    }
}
