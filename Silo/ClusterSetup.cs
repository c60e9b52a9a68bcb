using System.Net;
using System.Net.Sockets;
using Gateway.Access.Desk;
using Gateway.Hosting;
using Grains.Hosting;
using Orleans.Configuration;
using Orleans.Runtime.Hosting;
using Orleans.Serialization;
using Orleans.Storage;
using Serving.Hosting;
using StackExchange.Redis;

namespace Silo;

/// <summary>Puts a silo of the cluster behind the gateway.</summary>
internal static class ClusterSetup
{
    public static void Add(WebApplicationBuilder builder)
    {
        var section = builder.Configuration.GetSection(SettingTable.Section);
        var options = ReadOptions(builder.Configuration, section);
        // Handing replicas over comes before the stop, and has the same time again.
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = 2 * options.Serving.DrainTimeout + TimeSpan.FromSeconds(10));
        builder.Logging.AddFilter("Orleans", LogLevel.Warning);
        builder.Logging.AddFilter("Orleans.Runtime.Watchdog", LogLevel.Error);
        if (section["DataDir"] is { } directory) builder.AddControlSocket(directory);
        if (section["Role"] == "silo") builder.Services.AddSingleton<IStartupFilter, ModelsOnly>();
        var tls = ReadTls(section);
        builder.Services.AddSingleton<ClusterPage>();
        builder.Services.AddSingleton(services => new ProgramOperation(
            "cluster_read", "/v2/cluster", ClusterPage.Summary, ClusterPage.Schema, services.GetRequiredService<ClusterPage>().WriteAsync));
        builder.Host.UseOrleans((_, silo) =>
        {
            AddIdentity(silo, section);
            silo.UseWebServerSockets();
            if (tls is not null) silo.UseSiloTls(tls);
            if (section["Redis"] is { } redis) AddRedis(silo, ConfigurationOptions.Parse(redis));
            else AddMemory(silo);
            AddTimes(silo);

            // A request's trace goes on in the silo that runs it.
            if (section["OtlpEndpoint"] is { Length: > 0 }) silo.AddActivityPropagation();
            silo.AddServing(options);
        });
    }

    /// <summary>A silo of this machine, through which the keys of its cluster are administered.</summary>
    public static async Task<IKeyDesk> OpenDeskAsync(IConfiguration configuration)
    {
        if (configuration.GetSection(SettingTable.Section)["DataDir"] is not { } directory)
            throw new StartupFaultException(["keys needs --data-dir DIR, as a silo on this machine has it"]);
        return (IKeyDesk?)await RunningServerDesk.TryOpenAsync(directory)
            ?? throw new StartupFaultException([$"no silo runs on this machine with --data-dir {directory}"]);
    }

    private static SiloServingOptions ReadOptions(IConfiguration configuration, IConfigurationSection section)
    {
        var options = new SiloServingOptions
        {
            Serving = EngineSettings.Read(configuration), Replicas = section.GetValue("Replicas", 2), MaxReplicas = section.GetValue<int?>("MaxReplicas"),
            ScaleQueueDelay = TimeSpan.FromMilliseconds(section.GetValue("ScaleQueueDelayMs", 50)),
        };
        if (section["ModelMemoryMegabytes"] is { } megabytes) options = options with { MemoryBudget = long.Parse(megabytes) << 20 };
        return section["Role"] == "gateway" ? options with { MemoryBudget = 0 } : options;
    }

    /// <summary>All three files or none: a part of them would be an option without effect.</summary>
    private static SiloTlsOptions? ReadTls(IConfigurationSection section) => (section["SiloCertificate"], section["SiloKey"], section["SiloAuthority"]) switch
    {
        (null, null, null) => null,
        ({ } certificate, { } key, { } authority) => new SiloTlsOptions(certificate, key, authority),
        _ => throw new StartupFaultException(["--silo-certificate, --silo-key and --silo-authority are given together or not at all"]),
    };

    private static void AddIdentity(ISiloBuilder silo, IConfigurationSection section)
    {
        var port = section.GetValue("SiloPort", 11111);
        var address = Resolve(section["SiloAddress"] ?? "127.0.0.1");
        silo.Configure<ClusterOptions>(cluster => cluster.ClusterId = cluster.ServiceId = section["ClusterId"] ?? "serving");
        silo.Configure<SiloOptions>(o => o.SiloName = section["SiloName"] ?? $"{Environment.MachineName}-{port}");
        silo.ConfigureEndpoints(address, port, section.GetValue("ClientPort", 30000), listenOnAnyHostAddress: false);
    }

    /// <summary>Membership keeps addresses, not names: a name is looked up once, at the start.</summary>
    private static IPAddress Resolve(string text)
    {
        if (IPAddress.TryParse(text, out var address)) return address;
        try
        {
            if (Dns.GetHostAddresses(text, AddressFamily.InterNetwork) is [var first, ..]) return first;
        }
        catch (SocketException)
        {
            // No such name.
        }

        throw new StartupFaultException([$"--silo-address {text} is neither an IP address nor a name that can be looked up"]);
    }

    private static void AddRedis(ISiloBuilder silo, ConfigurationOptions redis)
    {
        silo.UseRedisClustering(o => o.ConfigurationOptions = redis);
        silo.AddRedisGrainStorage(StorageNames.Grains, builder => builder.Configure<Serializer>((o, serializer) =>
        {
            o.ConfigurationOptions = redis;
            o.GrainStorageSerializer = new OrleansGrainStorageSerializer(serializer);
        }));
        silo.AddStorageWatch();
    }

    /// <summary>One silo that needs nothing else; what it keeps ends with it.</summary>
    private static void AddMemory(ISiloBuilder silo)
    {
        silo.UseLocalhostClustering();
        silo.AddMemoryGrainStorage(StorageNames.Grains);
    }

    /// <summary>A killed silo is known dead after about a second, a hanging one after six; pauses of three seconds are forgiven.</summary>
    private static void AddTimes(ISiloBuilder silo)
    {
        silo.Configure<ClusterMembershipOptions>(o =>
        {
            o.ProbeTimeout = TimeSpan.FromSeconds(1);
            o.MinProbeTimeout = TimeSpan.FromSeconds(0.5);
            o.MaxProbeTimeout = TimeSpan.FromSeconds(2);
            o.NumMissedProbesLimit = 3;
            o.NumVotesForDeathDeclaration = 2;
            o.EnableConnectionLivenessCheck = true;
            o.TableRefreshTimeout = TimeSpan.FromSeconds(10);
            o.IAmAliveTablePublishTimeout = TimeSpan.FromSeconds(5);
            o.DefunctSiloExpiration = TimeSpan.FromHours(1);
        });
    }
}
