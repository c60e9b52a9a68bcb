using Serving;

namespace Grains;

/// <summary>Tells what a call to a grain may fail by.</summary>
internal static class ClusterFault
{
    /// <summary>
    /// Whether this means that the cluster cannot do or say it now. Whatever keeps a grain from answering comes to its caller as it is,
    /// storage's own exceptions included: a grain that cannot read what it has kept does not even come up. The silo it was on logs it.
    /// </summary>
    public static bool Is(Exception failure) => failure is not OperationCanceledException;

    /// <summary>What the caller is told: that it may try again, and the first line of what happened, without a stack.</summary>
    public static ServingError ToError(Exception failure)
    {
        var message = failure.Message.AsSpan();
        var end = message.IndexOfAny('\r', '\n');
        return new(
            ErrorCode.ModelNotReady,
            $"the cluster cannot say or change this now, try again in a few seconds: {(end < 0 ? message : message[..end])}",
            TimeSpan.FromSeconds(5));
    }
}
