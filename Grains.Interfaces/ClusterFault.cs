namespace Grains;

/// <summary>Tells what a call to a grain may fail by.</summary>
internal static class ClusterFault
{
    /// <summary>
    /// Whether this means that the cluster cannot do or say it now. Whatever keeps a grain from answering comes to its caller as it is,
    /// storage's own exceptions included: a grain that cannot read what it has kept does not even come up. The silo it was on logs it.
    /// </summary>
    public static bool Is(Exception failure) => failure is not OperationCanceledException;
}
