using System.Security.Cryptography;
using Grains.Drift;
using Orleans.Concurrency;
using Orleans.Runtime;

namespace Grains.Routing;

/// <summary>Holds the rows, pushes what is newer to every silo, and knows which silo goes by which version.</summary>
[Reentrant, KeepAlive]
internal sealed class RouteTableGrain(IClusterMembershipService membership, TimeProvider clock) : Grain, IRouteTable
{
    /// <summary>A silo that has not asked for so long is not counted on, whatever membership says.</summary>
    private static readonly TimeSpan ReportLife = TimeSpan.FromSeconds(10);

    /// <summary>A table that starts anew waits so long for the rows of a silo that keeps silent.</summary>
    private static readonly TimeSpan RecoveryTime = TimeSpan.FromSeconds(4);

    private static readonly TimeSpan SettleTime = TimeSpan.FromSeconds(2);

    private readonly Dictionary<string, (ModelRow Row, long Version)> models = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (TrafficRow Row, long Version)> traffic = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Model, string Version), (WatchRow Row, long Version)> watches = [];
    private readonly Dictionary<SiloAddress, RouteSubscriber> subscribers = [];
    private readonly long began = clock.GetTimestamp();
    private readonly long term = BitConverter.ToInt64(RandomNumberGenerator.GetBytes(8));
    private long version;
    private bool whole;
    private bool recovered;

    public Task<RouteDelta> GetIfNewer(long theirTerm, long theirVersion) => Task.FromResult(Since(theirTerm == term ? theirVersion : 0));

    public Task<RouteDelta> Subscribe(IRouteObserver observer, SiloReport report, long theirTerm, long theirVersion)
    {
        if (!subscribers.TryGetValue(report.Silo, out var subscriber)) subscribers[report.Silo] = subscriber = new RouteSubscriber(report.Silo);
        subscriber.Observer = observer;
        subscriber.Report = report;
        subscriber.SeenAt = clock.GetTimestamp();
        var has = theirTerm == term ? theirVersion : 0;
        subscriber.Confirm(has);
        return Task.FromResult(Since(has));
    }

    public Task Offer(SiloAddress silo, RouteDelta rows)
    {
        foreach (var row in rows.Models) Accept(row);
        foreach (var row in rows.Traffic) Accept(row);
        foreach (var row in rows.Watches) Accept(row);
        if (subscribers.TryGetValue(silo, out var subscriber)) subscriber.HasOffered = true;
        Push();
        return Task.CompletedTask;
    }

    public Task<long> Publish(ModelRow row)
    {
        Accept(row);
        Push();
        var standing = models[row.Model].Row;

        // Of two grains that number alike, as after a partition, the one that still speaks has to number higher.
        return Task.FromResult(standing.Number == row.Number && !standing.SaysTheSameAs(row) ? standing.Number + 1 : standing.Number);
    }

    public Task Publish(TrafficRow row)
    {
        Accept(row);
        Push();
        return Task.CompletedTask;
    }

    public Task Publish(WatchRow row)
    {
        Accept(row);
        Push();
        return Task.CompletedTask;
    }

    public Task MarkWhole()
    {
        if (whole) return Task.CompletedTask;
        whole = true;
        version++;
        Push();
        return Task.CompletedTask;
    }

    public async Task<bool> Settle()
    {
        var goal = version;
        var all = Task.WhenAll(Living().Select(s => s.WhenAtAsync(goal)));
        try
        {
            await all.WaitAsync(SettleTime, clock);
            return true;
        }
        catch (TimeoutException)
        {
            return Living().All(s => s.Confirmed >= goal);
        }
    }

    public Task<StandingRow?> GetRow(string model) =>
        Task.FromResult(IsRecovered() ? new StandingRow(models.TryGetValue(model, out var held) ? held.Row : null) : null);

    public Task<SiloReport[]?> GetSilos() =>
        Task.FromResult<SiloReport[]?>(IsRecovered() ? [.. Living().Select(s => s.Report!)] : null);

    /// <summary>Whether every silo has had the time to bring back what a former life of this table had.</summary>
    private bool IsRecovered()
    {
        if (recovered) return true;
        var members = membership.CurrentSnapshot.Members.Values.Where(m => m.Status == SiloStatus.Active);
        recovered = clock.GetElapsedTime(began) > RecoveryTime
            || members.All(m => subscribers.TryGetValue(m.SiloAddress, out var s) && s.HasOffered);
        return recovered;
    }

    private void Accept(ModelRow row)
    {
        if (!models.TryGetValue(row.Model, out var held) || held.Row.Number < row.Number) models[row.Model] = (row, ++version);
    }

    private void Accept(TrafficRow row)
    {
        if (!traffic.TryGetValue(row.Model, out var held) || held.Row.Epoch < row.Epoch) traffic[row.Model] = (row, ++version);
    }

    private void Accept(WatchRow row)
    {
        var key = (row.Model, row.Version);
        if (!watches.TryGetValue(key, out var held) || held.Row.Number < row.Number) watches[key] = (row, ++version);
    }

    private IEnumerable<RouteSubscriber> Living()
    {
        var members = membership.CurrentSnapshot;
        foreach (var gone in subscribers.Keys.Where(silo => members.GetSiloStatus(silo) is SiloStatus.Dead or SiloStatus.None).ToArray())
            subscribers.Remove(gone);
        return subscribers.Values.Where(s => clock.GetElapsedTime(s.SeenAt) < ReportLife || members.GetSiloStatus(s.Silo) == SiloStatus.Active);
    }

    private void Push()
    {
        foreach (var subscriber in Living())
            if (!subscriber.IsPushing) _ = PushAsync(subscriber);
    }

    /// <summary>Sends what is new until nothing is; what a failed push leaves behind comes with the silo's next question.</summary>
    private async Task PushAsync(RouteSubscriber subscriber)
    {
        subscriber.IsPushing = true;
        try
        {
            await Task.Yield();
            while (subscriber.Confirmed < version)
            {
                var delta = Since(subscriber.Confirmed);
                await subscriber.Observer!.Apply(delta);
                subscriber.Confirm(delta.Version);
            }
        }
        catch (Exception lost) when (ClusterFault.Is(lost))
        {
            // The net below: the silo asks by itself.
        }
        finally
        {
            subscriber.IsPushing = false;
        }
    }

    private RouteDelta Since(long has) => new()
    {
        Term = term,
        Version = version,
        IsWhole = whole,
        Models = [.. models.Values.Where(m => m.Version > has).Select(m => m.Row)],
        Traffic = [.. traffic.Values.Where(t => t.Version > has).Select(t => t.Row)],
        Watches = [.. watches.Values.Where(w => w.Version > has).Select(w => w.Row)],
    };
}
