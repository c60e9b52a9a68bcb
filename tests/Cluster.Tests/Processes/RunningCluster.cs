using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using Cluster.Tests.Load;

namespace Cluster.Tests.Processes;

/// <summary>Silos on a Redis, over a repository of copies of a sample model: a whole cluster in processes of its own.</summary>
internal sealed class RunningCluster : IAsyncDisposable
{
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(5) };

    private readonly string folder;
    private readonly IReadOnlyList<string> flags;

    private RunningCluster(
        string folder, RedisServer redis, IReadOnlyList<string> flags, IReadOnlyList<SiloProcess> silos, IReadOnlyList<string> models)
    {
        this.flags = flags;
        this.folder = folder;
        Redis = redis;
        Silos = silos;
        Models = models;
    }

    public RedisServer Redis { get; }

    public IReadOnlyList<SiloProcess> Silos { get; }

    /// <summary>Names of the models in the repository.</summary>
    public IReadOnlyList<string> Models { get; }

    public string Repository => Path.Combine(folder, "models");

    /// <summary>Starts everything, and waits until every silo is ready.</summary>
    /// <param name="silos">How many silos.</param>
    /// <param name="models">How many copies of the model; 0 for the samples as they are.</param>
    /// <param name="arguments">Flags of every silo.</param>
    public static Task<RunningCluster> StartAsync(int silos, int models, params IReadOnlyList<string> arguments) => models == 0
        ? StartAsync(silos, _ => (Checkout.Samples, ["diabetes", "digits", "iris"]), arguments)
        : StartAsync(silos, repository => (repository, Copy(repository, models)), arguments);

    /// <summary>As the other, over a repository of one's own.</summary>
    /// <param name="silos">How many silos.</param>
    /// <param name="make">Given a folder to make it in: the repository, and the names of its models.</param>
    /// <param name="arguments">Flags of every silo.</param>
    public static async Task<RunningCluster> StartAsync(
        int silos, Func<string, (string Repository, IReadOnlyList<string> Models)> make, params IReadOnlyList<string> arguments)
    {
        var folder = Directory.CreateTempSubdirectory("serving-cluster-").FullName;
        var (repository, names) = make(Path.Combine(folder, "models"));
        var redis = new RedisServer(Path.Combine(folder, "redis"));
        string[] flags = ["--redis", redis.Address, "--model-repository", repository];
        var members = Enumerable.Range(1, silos).Select(i => new SiloProcess($"silo-{i}", folder, [.. flags, .. arguments]));
        var cluster = new RunningCluster(folder, redis, flags, [.. members], names);
        try
        {
            await redis.StartAsync();
            foreach (var silo in cluster.Silos) silo.Start();
            foreach (var silo in cluster.Silos) await silo.ReadyAsync(TimeSpan.FromMinutes(3));
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>One more silo of this cluster, not started yet, without the others' own flags; the caller ends it.</summary>
    public SiloProcess Another(string name, params IReadOnlyList<string> arguments) => new(name, folder, [.. flags, .. arguments]);

    /// <summary>A steady load on all gateways, over all models. The body is the model's example.</summary>
    public SteadyLoad Load(int perSecond) => new(
        Models, Silos.Select(s => s.Address), File.ReadAllBytes(Path.Combine(Checkout.Samples, "iris", "example.json")), perSecond);

    /// <summary>What a gateway says of the cluster: <c>/v2/cluster</c>.</summary>
    public static Task<JsonElement> StatusAsync(Uri gateway) => Http.GetFromJsonAsync<JsonElement>(new Uri(gateway, "v2/cluster"));

    /// <summary>Waits until a gateway knows so many loaded replicas, all on silos that live and stay; gives the time it took.</summary>
    /// <param name="replicas">Replicas wanted.</param>
    /// <param name="gateway">Which gateway is asked.</param>
    /// <param name="without">A silo that must be out of the cluster, or null.</param>
    /// <param name="within">Patience.</param>
    public static async Task<TimeSpan> WholeAsync(int replicas, Uri gateway, SiloProcess? without, TimeSpan within)
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            var status = await StatusAsync(gateway);
            var staying = status.GetProperty("silos").EnumerateArray().Where(s => !s.GetProperty("leaving").GetBoolean())
                .Select(s => s.GetProperty("name").GetString());
            if (status.GetProperty("replicas").GetInt32() == replicas && status.GetProperty("replicas_elsewhere").GetInt32() == 0
                && !staying.Contains(without?.Name)) return clock.Elapsed;
            if (clock.Elapsed > within) throw new TimeoutException($"not {replicas} replicas after {within.TotalSeconds:F0} s: {status}");
            await Task.Delay(50);
        }
    }

    /// <summary>Ends every process. Logs are kept where a run is to be looked at afterwards.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var silo in Silos) await silo.DisposeAsync();
        await Redis.DisposeAsync();
        if (Environment.GetEnvironmentVariable("CLUSTER_TESTS_KEEP") is null) Directory.Delete(folder, recursive: true);
    }

    private static List<string> Copy(string repository, int count)
    {
        var names = new List<string>();
        for (var i = 0; i < count; i++)
        {
            var name = $"iris-{i:D3}";
            var version = Path.Combine(repository, name, "1");
            Directory.CreateDirectory(version);
            File.Copy(Path.Combine(Checkout.Samples, "iris", "2", "model.onnx"), Path.Combine(version, "model.onnx"));
            names.Add(name);
        }

        return names;
    }
}
