using Serving;

namespace Grains.Hosting;

/// <summary>
/// Judges the cluster's storage by its membership table, the one thing that must always be there: a living silo finds its own row, and
/// the table's version never falls. A table without either has lost its data, and with it documents that were acknowledged. That is
/// final for this process: what is written from then on stands beside what was lost.
/// </summary>
internal sealed class StorageHealth
{
    private int highest;
    private volatile StorageState state;

    public StorageState State => state;

    /// <summary>Why changes are not taken, or null when they are.</summary>
    public ServingError? Refusal => state == StorageState.Lost
        ? new ServingError(
            ErrorCode.ModelNotReady,
            "the cluster's storage (Redis) has lost its data, so no change is taken and none is shown; restore it from a backup and restart all silos",
            TimeSpan.FromSeconds(60))
        : null;

    /// <summary>What is told to whoever asked for a change of keys or limits that was not confirmed.</summary>
    public static ServingError UnsavedAccess { get; } = Unconfirmed("change of keys or limits");

    /// <summary>What is told to whoever has changed something that could not be written down.</summary>
    public static ServingError UnsavedNote { get; } = Unconfirmed("note in the audit log");

    /// <summary>What is told to whoever asked for a change that was not confirmed: a lost answer may have hidden a write.</summary>
    public static ServingError Unsaved(string model) => Unconfirmed($"change to model '{model}'");

    /// <summary>The table as it was just read. True when that changed the judgement.</summary>
    public bool Seen(int version, bool hasOwnRow)
    {
        var lost = state == StorageState.Lost || !hasOwnRow || version < highest;
        highest = Math.Max(highest, version);
        return Become(lost ? StorageState.Lost : StorageState.Ok);
    }

    /// <summary>The table could not be read. True when that changed the judgement.</summary>
    public bool Missed() => state != StorageState.Lost && Become(StorageState.Unreachable);

    private static ServingError Unconfirmed(string what) => new(
        ErrorCode.ModelNotReady,
        $"the cluster's storage does not confirm the {what}; see what is in force before trying again",
        TimeSpan.FromSeconds(5));

    private bool Become(StorageState next)
    {
        var changed = state != next;
        state = next;
        return changed;
    }
}
