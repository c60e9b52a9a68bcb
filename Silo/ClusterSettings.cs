using Gateway.Hosting;

namespace Silo;

/// <summary>The settings that only a silo has.</summary>
internal static class ClusterSettings
{
    public static IReadOnlyList<Setting> All { get; } =
    [
        new("Redis", "HOST:PORT", "joins the cluster that this Redis keeps; without it the silo is a cluster of its own")
        {
            Flag = "--redis", Check = SettingChecks.Any,
        },
        new("Role", "silo|gateway|both", "holds models, takes requests in, or both")
        {
            Flag = "--role", Default = "both", Check = SettingChecks.OneOf("silo", "gateway", "both"),
        },
        new("ClusterId", "NAME", "which cluster, where several share a Redis")
        {
            Flag = "--cluster-id", Default = "serving", Check = SettingChecks.Any,
        },
        new("SiloName", "NAME", "the silo's name, the same after a restart")
        {
            Flag = "--silo-name", Default = "host name and silo port", Check = SettingChecks.Any,
        },
        new("SiloAddress", "ADDRESS", "the address that other silos reach this one at, or a name of it")
        {
            Flag = "--silo-address", Default = "127.0.0.1", Check = SettingChecks.Any,
        },
        new("SiloPort", "N", "the port for other silos") { Flag = "--silo-port", Default = "11111", Check = SettingChecks.Port },
        new("ClientPort", "N", "the port for .NET clients of the cluster")
        {
            Flag = "--client-port", Default = "30000", Check = SettingChecks.Port,
        },
        new("SiloCertificate", "FILE", "this silo's certificate (PEM); with key and authority, all connections in the cluster are encrypted")
        {
            Flag = "--silo-certificate", Check = SettingChecks.ExistingFile,
        },
        new("SiloKey", "FILE", "the certificate's private key (PEM)") { Flag = "--silo-key", Check = SettingChecks.ExistingFile },
        new("SiloAuthority", "FILE", "who must have signed the certificate of every silo and client (PEM)")
        {
            Flag = "--silo-authority", Check = SettingChecks.ExistingFile,
        },
        new("Replicas", "N", "loaded copies of each version, on different silos while there are enough")
        {
            Flag = "--replicas", Default = "2", Check = SettingChecks.Whole(1, 64),
        },
        new("MaxReplicas", "N", "loaded copies of a version while its requests queue")
        {
            Flag = "--max-replicas", Default = "as many as Replicas", Check = SettingChecks.Whole(1, 64),
        },
        new("ScaleQueueDelayMs", "N", "mean milliseconds in the queue from which on one more copy is loaded")
        {
            Flag = "--scale-queue-delay-ms", Default = "50", Check = SettingChecks.Whole(1, 60_000),
        },
        new("ModelMemoryMegabytes", "N", "what loaded models may take in this process")
        {
            Flag = "--model-memory-mb", Default = "half of the machine's", Check = SettingChecks.Whole(1, 1 << 24),
        },
    ];
}
