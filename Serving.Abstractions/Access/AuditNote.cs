namespace Serving.Access;

/// <summary>A change, as it goes into the audit log.</summary>
/// <param name="Actor">Who made it.</param>
/// <param name="Action">What was done: <c>key_create</c>, <c>traffic_change</c>.</param>
/// <param name="Target">To what: a key's id, a model's name.</param>
/// <param name="Before">What stood before, as JSON in UTF-8; empty for nothing. No secrets.</param>
/// <param name="After">What stands now, in the same form.</param>
public sealed record AuditNote(Actor Actor, string Action, string Target, ReadOnlyMemory<byte> Before, ReadOnlyMemory<byte> After);
