namespace Serving.Storage;

/// <summary>An entry of a log.</summary>
/// <param name="Sequence">Its number in the log, rising from 1; numbers are not used again when old entries are dropped.</param>
/// <param name="At">When it was appended.</param>
/// <param name="Body">What it says, as JSON in UTF-8.</param>
internal sealed record LogEntry(long Sequence, DateTimeOffset At, byte[] Body);
