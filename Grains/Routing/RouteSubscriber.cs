using Grains.Hosting;
using Orleans.Runtime;

namespace Grains.Routing;

/// <summary>A silo as the route table knows it. What it confirms are versions of the table.</summary>
internal sealed class RouteSubscriber(SiloAddress silo) : SiloSubscriber(silo)
{
    public IRouteObserver? Observer { get; set; }

    public SiloReport? Report { get; set; }

    /// <summary>When it last asked, as a timestamp.</summary>
    public long SeenAt { get; set; }

    /// <summary>It has brought the rows that it had when this life of the table began.</summary>
    public bool HasOffered { get; set; }

    public bool IsPushing { get; set; }
}
