using Grains.Routing;
using Orleans.Concurrency;
using Orleans.Runtime;

namespace Grains.Access;

/// <summary>
/// Owns the keys, the limits and the audit log of the whole cluster. One, with the key 0. A change is on disk, with its note, before it
/// is in force, and in force in every silo that answers before it is answered. Never on the way of a request.
/// </summary>
[Alias("serving.access")]
public interface IAccessGrain : IGrainWithIntegerKey
{
    /// <summary>What stands, where the silo's copy is older, else null; and from now on pushes what is newer to the silo.</summary>
    [AlwaysInterleave, ResponseTimeout("00:00:05"), Alias("subscribe")]
    Task<SentAccess?> Subscribe(IAccessObserver observer, SiloAddress silo, long number);

    /// <summary>Carries an order out, as JSON: a change of a key or of limits, or a note for the audit log. Answers with the key, where it is one.</summary>
    [Alias("change")]
    Task<SentDocument> Change(Blob order);

    /// <summary>Notes after a number, as JSON, oldest first, as many as fit into one answer.</summary>
    [AlwaysInterleave, Alias("audit")]
    Task<SentDocument> ReadAudit(long after);
}
