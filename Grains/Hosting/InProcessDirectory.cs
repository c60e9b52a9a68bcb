using System.Collections.Concurrent;
using Orleans.GrainDirectory;
using Orleans.Runtime;

namespace Grains.Hosting;

/// <summary>The replicas' directory of a cluster that is one process.</summary>
public sealed class InProcessDirectory : IGrainDirectory
{
    private readonly ConcurrentDictionary<GrainId, GrainAddress> entries = new();

    public Task<GrainAddress?> Register(GrainAddress address) => Task.FromResult<GrainAddress?>(entries.GetOrAdd(address.GrainId, address));

    public Task<GrainAddress?> Register(GrainAddress address, GrainAddress? previousAddress)
    {
        var standing = entries.AddOrUpdate(
            address.GrainId, address, (_, held) => previousAddress is not null && previousAddress.Matches(held) ? address : held);
        return Task.FromResult<GrainAddress?>(standing);
    }

    public Task Unregister(GrainAddress address)
    {
        if (entries.TryGetValue(address.GrainId, out var held) && held.Matches(address)) entries.TryRemove(KeyValuePair.Create(address.GrainId, held));
        return Task.CompletedTask;
    }

    public Task<GrainAddress?> Lookup(GrainId grainId) => Task.FromResult(entries.GetValueOrDefault(grainId));

    public Task UnregisterSilos(List<SiloAddress> siloAddresses)
    {
        foreach (var (id, address) in entries)
            if (siloAddresses.Contains(address.SiloAddress!)) entries.TryRemove(KeyValuePair.Create(id, address));
        return Task.CompletedTask;
    }
}
