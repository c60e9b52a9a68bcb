using Orleans.Runtime;

namespace Grains.Hosting;

/// <summary>
/// Whether this silo may still speak for the grains on it. A silo that was cut off learns late that it was declared dead, and its grains
/// have successors by then that read storage before its last write. So a change is acknowledged only when membership, read after the
/// write, still counts the silo in: then every successor begins after the write and reads it.
/// </summary>
internal sealed class Standing(IMembershipTable table, ILocalSiloDetails silo)
{
    /// <summary>Throws when the silo is not counted in any more, or what the storage throws when it does not answer.</summary>
    public async Task ConfirmAsync()
    {
        var row = await table.ReadRowAsync(silo.SiloAddress);
        if (!row.Members.Any(m => m.Item1.SiloAddress.Equals(silo.SiloAddress) && m.Item1.Status != SiloStatus.Dead))
            throw new InvalidOperationException("the cluster does not count this silo in any more");
    }
}
