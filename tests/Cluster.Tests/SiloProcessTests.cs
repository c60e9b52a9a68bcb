using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Cluster.Tests.Processes;
using Grains.Client;
using Grains.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Serving;

namespace Cluster.Tests;

/// <summary>The silo as a program: alone, by role, with encrypted connections, on its way out.</summary>
public sealed class SiloProcessTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(10) };

    [Fact]
    public async Task Alone_NeedsNothingElse_AndKnowsItsState()
    {
        var folder = Directory.CreateTempSubdirectory("serving-silo-");
        await using (var silo = new SiloProcess("alone", folder.FullName, ["--model-repository", Checkout.Samples]))
        {
            silo.Start();
            await silo.ReadyAsync(Patience);

            var status = await Http.GetFromJsonAsync<JsonElement>(new Uri(silo.Address, "v2/cluster"));
            Assert.Equal(("alone", "ready", "ok"), (Text(status, "silo"), Text(status, "state"), Text(status, "storage")));
            Assert.Equal(HttpStatusCode.OK, await InferAsync(silo));

            silo.Process.Terminate();
            Assert.Equal(0, await silo.Process.ExitAsync(Patience));
        }

        folder.Delete(recursive: true);
    }

    [Theory]
    [InlineData("--role", "silos", "--role")]
    [InlineData("--silo-port", "70000", "--silo-port")]
    [InlineData("--silo-key", "/etc/hostname", "given together")]
    public async Task Flags_AtFault_AreNamed_WithExitCodeTwo(string flag, string value, string named)
    {
        var log = Path.GetTempFileName();
        await using (var silo = ChildProcess.Start(Checkout.Program("Silo"), [flag, value], log)) Assert.Equal(2, await silo.ExitAsync(Patience));
        Assert.Contains(named, await File.ReadAllTextAsync(log));
        File.Delete(log);
    }

    [RedisFact]
    public async Task Roles_GatewayHoldsNoModel_SiloTakesNoRequest_AndALeavingOneIsNotReady()
    {
        await using var cluster = await RunningCluster.StartAsync(silos: 1, models: 0, "--role", "silo", "--replicas", "1");
        var holder = cluster.Silos[0];
        await using var gateway = cluster.Another("gateway", "--role", "gateway", "--replicas", "1");
        gateway.Start();
        await gateway.ReadyAsync(Patience);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, await InferAsync(holder));
        Assert.Equal(HttpStatusCode.OK, await InferAsync(gateway));
        var status = await Http.GetFromJsonAsync<JsonElement>(new Uri(gateway.Address, "v2/cluster"));
        var silos = status.GetProperty("silos").EnumerateArray().ToDictionary(s => Text(s, "name"), s => s.GetProperty("model_memory_budget_bytes").GetInt64());
        Assert.Equal((0, true), (silos["gateway"], silos["silo-1"] > 0));

        // The only holder of models waits for a successor as long as it may, and takes part in nothing new meanwhile.
        await using var successor = cluster.Another("silo-2", "--role", "silo", "--replicas", "1");
        successor.Start();
        await successor.ReadyAsync(Patience);
        holder.Process.Terminate();
        Assert.Equal(0, await holder.Process.ExitAsync(Patience));
        Assert.Equal(HttpStatusCode.OK, await InferAsync(gateway));
    }

    [RedisFact]
    public async Task Tls_LetsInWhomTheAuthoritySigned_AndNobodyElse()
    {
        var folder = Directory.CreateTempSubdirectory("serving-tls-");
        var (ours, theirs) = (Sign(folder, "ours"), Sign(folder, "theirs"));
        await using (var cluster = await RunningCluster.StartAsync(2, 0, [.. Flags(ours), "--replicas", "1"]))
        {
            foreach (var silo in cluster.Silos) Assert.Equal(HttpStatusCode.OK, await InferAsync(silo));
            Assert.True(await AnswersAsync(cluster, ours));
            Assert.False(await AnswersAsync(cluster, theirs));
            Assert.False(await AnswersAsync(cluster, null));
        }

        folder.Delete(recursive: true);
    }

    private static string[] Flags(SiloTlsOptions tls) =>
        ["--silo-certificate", tls.CertificateFile, "--silo-key", tls.KeyFile, "--silo-authority", tls.AuthorityFile];

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;

    private static async Task<HttpStatusCode> InferAsync(SiloProcess silo)
    {
        using var content = new ByteArrayContent(await File.ReadAllBytesAsync(Path.Combine(Checkout.Samples, "iris", "example.json")));
        using var answer = await Http.PostAsync(new Uri(silo.Address, "v2/models/iris/infer"), content);
        return answer.StatusCode;
    }

    /// <summary>Whether a client with these certificates gets to use the cluster.</summary>
    private static async Task<bool> AnswersAsync(RunningCluster cluster, SiloTlsOptions? tls)
    {
        using var host = new HostBuilder().ConfigureServices(services => services.AddServingClient(new ServingClientOptions
        {
            Redis = cluster.Redis.Address, Tls = tls, ConnectTimeout = TimeSpan.FromSeconds(3), RequestTimeout = TimeSpan.FromSeconds(5),
        })).Build();
        try
        {
            await host.StartAsync();
        }
        catch (Exception refused) when (refused is not Xunit.Sdk.XunitException)
        {
            return false;
        }

        var ready = await host.Services.GetRequiredService<IServingEngine>().IsReadyAsync(CancellationToken.None);
        await host.StopAsync();
        return ready;
    }

    /// <summary>An authority of its own and a certificate that it signed.</summary>
    private static SiloTlsOptions Sign(DirectoryInfo folder, string name)
    {
        var (from, to) = (DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddDays(1));
        using var authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var authority = new CertificateRequest($"CN={name} authority", authorityKey, HashAlgorithmName.SHA256);
        authority.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var root = authority.CreateSelfSigned(from, to);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var signed = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256).Create(root, from, to, RandomNumberGenerator.GetBytes(8));
        var options = new SiloTlsOptions(Named(".crt"), Named(".key"), Named("-ca.crt"));
        File.WriteAllText(options.CertificateFile, signed.ExportCertificatePem());
        File.WriteAllText(options.KeyFile, key.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(options.AuthorityFile, root.ExportCertificatePem());
        return options;

        string Named(string end) => Path.Combine(folder.FullName, name + end);
    }
}
