namespace Serving.Access;

/// <summary>A note of the audit log.</summary>
/// <param name="Sequence">Its number, rising from 1.</param>
/// <param name="At">When it was written.</param>
/// <param name="Note">What it says.</param>
public sealed record AuditEntry(long Sequence, DateTimeOffset At, AuditNote Note);
