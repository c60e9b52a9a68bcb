namespace Serving.Storage;

/// <summary>One change of a <see cref="StateBatch"/>.</summary>
/// <param name="Change">What is done.</param>
/// <param name="Name">The document's kind, or the log.</param>
/// <param name="Key">The document's key; empty for a log.</param>
/// <param name="Body">The document or entry; empty when something goes.</param>
/// <param name="Number">The tag that must match, or the last number to drop; null for none.</param>
internal readonly record struct StateChange(StateChangeKind Change, string Name, string Key, byte[] Body, long? Number);
