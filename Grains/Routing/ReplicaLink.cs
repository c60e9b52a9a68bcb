using Grains.Replicas;
using Grains.Requests;
using Serving.Models;

namespace Grains.Routing;

/// <summary>A replica as one process reaches it.</summary>
/// <param name="Grain">Its grain.</param>
/// <param name="Silo">The silo it is on.</param>
/// <param name="Lane">How requests are taken there.</param>
/// <param name="Local">The loaded version itself, when it is in this process.</param>
internal sealed record ReplicaLink(IModelReplica Grain, SiloLink Silo, ReplicaLane Lane, ServedVersion? Local);
