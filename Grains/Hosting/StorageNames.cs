namespace Grains.Hosting;

/// <summary>Names under which a silo's storage is configured.</summary>
public static class StorageNames
{
    /// <summary>Grain storage for what must outlive every silo: wanted versions, traffic, rollouts.</summary>
    public const string Grains = "serving";

    /// <summary>The directory of the replicas; the default directory drops healthy activations whenever a silo leaves.</summary>
    internal const string ReplicaDirectory = "replicas";
}
