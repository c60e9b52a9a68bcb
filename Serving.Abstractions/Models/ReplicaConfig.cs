namespace Serving.Models;

/// <summary>
/// <c>serving.replicas</c> of a model's configuration: how many copies of each version a cluster loads; null where it says nothing. One
/// process loads one, and checks the section all the same, so that a repository fits both editions.
/// </summary>
public sealed record ReplicaConfig
{
    /// <summary>Replicas at the most, of one version.</summary>
    public const int Most = 64;

    /// <summary>Replicas that are loaded whatever the load.</summary>
    public int? Min { get; init; }

    /// <summary>Replicas while requests queue; the same as <see cref="Min"/> for a fixed number.</summary>
    public int? Max { get; init; }

    /// <summary>Mean time in the queue, in milliseconds, from which on one more replica is loaded.</summary>
    public double? QueueDelayMs { get; init; }
}
