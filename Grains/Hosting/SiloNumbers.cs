using Grains.Drift;
using Grains.Routing;
using Orleans.Runtime;
using Serving.Telemetry;

namespace Grains.Hosting;

/// <summary>
/// Shows what this silo's copies have counted, as one process shows its own: over all silos the counts add up to the cluster's. The
/// state of the versions is the cluster's, and every silo shows it.
/// </summary>
internal sealed class SiloNumbers(ServingInstruments instruments, ModelHost host, RouteFeed feed, DriftTaps taps, MonitorNumbers monitors)
    : ILifecycleParticipant<ISiloLifecycle>
{
    public void Participate(ISiloLifecycle lifecycle) => lifecycle.Subscribe(nameof(SiloNumbers), ServiceLifecycleStage.Active, Begin);

    private Task Begin(CancellationToken cancellationToken)
    {
        instruments.Observe(host.Served, () => feed.Table.Models.Values.SelectMany(model => model.Index));
        instruments.Observe(() => [.. taps.Numbers(), .. monitors.All], () => monitors.Waiting);
        return Task.CompletedTask;
    }
}
