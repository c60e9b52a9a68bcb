namespace Serving.Storage;

/// <summary>Changes that happen together or not at all, in the order in which they were added.</summary>
internal sealed class StateBatch
{
    private readonly List<StateChange> changes = [];

    public IReadOnlyList<StateChange> Changes => changes;

    /// <summary>Writes a document.</summary>
    /// <param name="kind">What it is.</param>
    /// <param name="key">Which one.</param>
    /// <param name="body">The document, as JSON in UTF-8.</param>
    /// <param name="match">The tag it must still have, 0 when there must be none; null to write over whatever stands.</param>
    public StateBatch Put(string kind, string key, byte[] body, long? match = null) =>
        Add(new StateChange(StateChangeKind.Put, kind, key, body, match));

    /// <summary>Removes a document; one that is not there is no error, unless a tag is asked for.</summary>
    public StateBatch Delete(string kind, string key, long? match = null) =>
        Add(new StateChange(StateChangeKind.Delete, kind, key, [], match));

    /// <summary>Appends an entry to a log.</summary>
    public StateBatch Append(string log, byte[] body) => Add(new StateChange(StateChangeKind.Append, log, "", body, null));

    /// <summary>Drops a log's entries up to a number, that one included.</summary>
    public StateBatch Trim(string log, long sequence) => Add(new StateChange(StateChangeKind.Trim, log, "", [], sequence));

    private StateBatch Add(StateChange change)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(change.Name.Length, StateLimits.MaxNameLength);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(change.Key.Length, StateLimits.MaxNameLength);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(change.Body.Length, StateLimits.MaxBodyBytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(changes.Count, StateLimits.MaxChanges);
        changes.Add(change);
        return this;
    }
}
