using Grains.Hosting;
using Orleans.Runtime;

namespace Grains.Access;

/// <summary>A silo as the owner of the keys knows it.</summary>
internal sealed class AccessSubscriber(SiloAddress silo) : SiloSubscriber(silo)
{
    /// <summary>Null for a silo that lives but has not asked yet.</summary>
    public IAccessObserver? Observer { get; set; }
}
