namespace Grains.Routing;

/// <summary>A silo's or client's copy of the route table.</summary>
[Alias("serving.route-observer")]
public interface IRouteObserver : IGrainObserver
{
    /// <summary>Takes newer rows; done once requests that begin now go by them.</summary>
    [ResponseTimeout("00:00:02"), Alias("apply")]
    Task Apply(RouteDelta delta);
}
