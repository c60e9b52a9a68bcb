using System.Diagnostics;
using System.Net;
using Grains.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;
using Serving;
using StackExchange.Redis;

namespace Grains.Client;

/// <summary>Lets a service use the cluster without HTTP: the same <see cref="IServingEngine"/> that a gateway has.</summary>
public static class ServingClientExtensions
{
    private static readonly TimeSpan ConnectPause = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Adds an <see cref="IServingEngine"/> over a client of the cluster. The host's start waits until a silo answers, and fails after
    /// <see cref="ServingClientOptions.ConnectTimeout"/>.
    /// </summary>
    public static IServiceCollection AddServingClient(this IServiceCollection services, ServingClientOptions? options = null)
    {
        var chosen = options ?? new ServingClientOptions();
        return services.AddOrleansClient(client =>
        {
            client.Configure<ClusterOptions>(o => o.ClusterId = o.ServiceId = chosen.ClusterId);
            if (chosen.Redis is { } redis) client.UseRedisClustering(o => o.ConfigurationOptions = ConfigurationOptions.Parse(redis));
            else client.UseStaticClustering(new IPEndPoint(IPAddress.Loopback, chosen.ClientPort));
            if (chosen.Tls is { } tls) client.UseSiloTls(tls);
            client.UseConnectionRetryFilter(RetryFor(chosen.ConnectTimeout));
            client.AddServing(chosen);
        });
    }

    /// <summary>Adds the engine to a client whose membership and connections the caller configures.</summary>
    public static IClientBuilder AddServing(this IClientBuilder client, ServingClientOptions options)
    {
        client.Configure<ClientMessagingOptions>(messaging =>
        {
            messaging.ResponseTimeout = TimeSpan.FromSeconds(10);
            messaging.CancelRequestOnTimeout = true;
        });

        // A silo that left is not asked for longer than this.
        client.Configure<GatewayOptions>(o => o.GatewayListRefreshPeriod = TimeSpan.FromSeconds(5));
        var services = client.Services;
        services.AddSingleton(options);
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton<ClientRoutes>();
        services.AddSingleton<ILifecycleParticipant<IClusterClientLifecycle>>(s => s.GetRequiredService<ClientRoutes>());
        services.AddSingleton<ClientRequests>();
        services.AddSingleton<IServingEngine, ClientServingEngine>();
        return client;
    }

    private static Func<Exception, CancellationToken, Task<bool>> RetryFor(TimeSpan time)
    {
        var clock = Stopwatch.StartNew();
        return async (_, stopping) =>
        {
            if (clock.Elapsed > time) return false;
            await Task.Delay(ConnectPause, stopping);
            return true;
        };
    }
}
