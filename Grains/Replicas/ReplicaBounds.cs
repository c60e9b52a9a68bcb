using Grains.Hosting;
using Serving.Models;

namespace Grains.Replicas;

/// <summary>Between how many replicas a version may have, and what wait asks for more.</summary>
internal readonly record struct ReplicaBounds(int Least, int Most, TimeSpan QueueDelay)
{
    /// <summary>The number may change with the load.</summary>
    public bool IsElastic => Most > Least;

    /// <summary>What the model's configuration says, else what holds for the whole cluster.</summary>
    /// <param name="options">The silo's, which are those of the cluster.</param>
    /// <param name="config">The model's.</param>
    public static ReplicaBounds Of(SiloServingOptions options, ReplicaConfig config)
    {
        var least = config.Min ?? (config.Max < options.Replicas ? config.Max.Value : options.Replicas);
        var most = config.Max ?? (config.Min is null ? options.MaxReplicas ?? least : least);
        return new ReplicaBounds(
            least, Math.Max(least, most), config.QueueDelayMs is { } ms ? TimeSpan.FromMilliseconds(ms) : options.ScaleQueueDelay);
    }
}
