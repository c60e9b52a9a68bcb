namespace Grains.Hosting;

/// <summary>How what the cluster keeps outside its processes is.</summary>
public enum StorageState : byte
{
    Ok,

    /// <summary>It does not answer: requests go on, changes wait.</summary>
    Unreachable,

    /// <summary>It answers, but has forgotten this cluster: only a restart of all silos makes one of it again.</summary>
    Lost,
}
