using System.Diagnostics.Metrics;
using Grains.Access;
using Grains.Drift;
using Grains.Drift.Quality;
using Grains.Replicas;
using Grains.Requests;
using Grains.Routing;
using Grains.Routing.Shadows;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.Runtime.Hosting;
using Serving;
using Serving.Access;
using Serving.Access.Quotas;
using Serving.Drift;
using Serving.Drift.Observing;
using Serving.Routing;
using Serving.Sessions;
using Serving.Telemetry;

namespace Grains.Hosting;

/// <summary>Makes a silo serve models.</summary>
public static class ServingSiloExtensions
{
    /// <summary>
    /// Adds the model host, the grains' services and the silo's <see cref="IServingEngine"/>. The caller configures membership, grain
    /// storage named <see cref="StorageNames.Grains"/>.
    /// </summary>
    public static ISiloBuilder AddServing(this ISiloBuilder silo, SiloServingOptions options)
    {
        var services = silo.Services;

        // Calls to a silo that hangs end in time for the next attempt; those that may take longer say so themselves.
        services.Configure<SiloMessagingOptions>(messaging =>
        {
            messaging.ResponseTimeout = TimeSpan.FromSeconds(10);
            messaging.CancelRequestOnTimeout = true;
        });
        services.AddSingleton(options);
        services.AddSingleton<StorageHealth>();
        services.AddSingleton<Standing>();
        services.AddSingleton<PeerReach>();
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>, PeerWatch>();
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(s => new ServingInstruments(s.GetService<IMeterFactory>()));
        services.AddSingleton<ObservationQueue>();
        services.AddSingleton(s => new ModelHost(
            options, s.GetRequiredService<ILoggerFactory>(), s.GetRequiredService<ServingInstruments>(), s.GetRequiredService<ObservationQueue>(),
            s.GetRequiredService<TimeProvider>(), s.GetService<SessionWrapper>()));
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>, DropNotice>();
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>, OrphanSweep>();
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>, QueueReports>();
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>, SiloNumbers>();
        services.AddSingleton<MonitorNumbers>();
        services.AddSingleton<AnswerPost>();
        services.AddSingleton<DriftTaps>();
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(s => s.GetRequiredService<DriftTaps>());
        services.AddSingleton<WebhookSender>();
        services.AddSingleton<RolloutTallies>();
        services.AddSingleton<RouteFeed>();
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(s => s.GetRequiredService<RouteFeed>());
        services.AddSingleton<ClusterShadows>();
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(s => s.GetRequiredService<ClusterShadows>());
        services.AddSingleton<RemoteRequests>();
        services.AddSingleton<ClusterModelCatalog>();
        services.AddSingleton<ITrafficControl>(s => new ClusterTraffic(
            model => s.GetRequiredService<RouteFeed>().Table.Find(model).Error, s.GetRequiredService<IGrainFactory>()));
        services.AddSingleton<IDriftControl>(s =>
        {
            var feed = s.GetRequiredService<RouteFeed>();
            return new ClusterDrift((model, version) => feed.Table.NumberOf(model, version), () => feed.Table.Watched(), s.GetRequiredService<IGrainFactory>());
        });
        services.AddSingleton<IQualityControl>(s =>
        {
            var feed = s.GetRequiredService<RouteFeed>();
            return new ClusterQuality(
                model => feed.Table.Find(model).Error, (model, version) => feed.Table.NumberOf(model, version), s.GetRequiredService<IGrainFactory>());
        });
        services.AddSingleton<IServingEngine, ClusterServingEngine>();
        services.AddSingleton<AccessFeed>();
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(s => s.GetRequiredService<AccessFeed>());
        services.AddHostedService(s => s.GetRequiredService<AccessFeed>());
        services.AddSingleton<IAccessStore, ClusterAccessStore>();
        services.AddSingleton<QuotaLender>();
        services.AddSingleton<IQuotaLender>(s => s.GetRequiredService<QuotaLender>());
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(s => s.GetRequiredService<QuotaLender>());
        services.AddHostedService<Leave>();
        services.AddSingleton(s => new ClusterStatusReader(
            s.GetRequiredService<RouteFeed>(), s.GetRequiredService<IGrainFactory>(), s.GetRequiredService<ILocalSiloDetails>(),
            s.GetRequiredService<StorageHealth>(), s.GetRequiredService<PeerReach>()));
        services.AddPlacementDirector<ReplicaPlacement, ReplicaPlacementDirector>();
        silo.AddGrainDirectory(StorageNames.ReplicaDirectory, static (_, _) => new ReplicaDirectory());
        return silo;
    }

    /// <summary>Watches whether the storage that keeps membership is there and remembers; where that is a process of its own.</summary>
    public static ISiloBuilder AddStorageWatch(this ISiloBuilder silo)
    {
        silo.Services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>, StorageWatch>();
        return silo;
    }
}
