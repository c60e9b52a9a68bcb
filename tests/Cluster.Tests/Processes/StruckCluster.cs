namespace Cluster.Tests.Processes;

/// <summary>
/// Three silos over 50 models with two replicas each, which tests strike one after the other. A test that ends well gives it back with all
/// three alive; after one that does not, the next begins with another one.
/// </summary>
public sealed class StruckCluster : IAsyncLifetime
{
    public const string Name = "a cluster that is struck";

    internal const int Models = 50;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private RunningCluster? cluster;
    private bool isGivenBack;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        if (cluster is not null) await cluster.DisposeAsync();
        cluster = null;
    }

    /// <summary>The cluster, alive and with every replica loaded.</summary>
    internal async Task<RunningCluster> TakeAsync()
    {
        if (!isGivenBack) await DisposeAsync();
        isGivenBack = false;
        cluster ??= await RunningCluster.StartAsync(3, Models);
        await RunningCluster.WholeAsync(Models * 2, cluster.Silos[0].Address, without: null, Patience);
        return cluster;
    }

    /// <summary>The test has ended well, and all silos live.</summary>
    internal void GiveBack() => isGivenBack = true;

    [CollectionDefinition(Name)]
    public sealed class Collection : ICollectionFixture<StruckCluster>;
}
