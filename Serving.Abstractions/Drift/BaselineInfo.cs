namespace Serving.Drift;

/// <summary>Which baseline a report compares with.</summary>
/// <param name="Hash">SHA-256 of its content.</param>
/// <param name="Count">Rows.</param>
/// <param name="Provisional">It has fewer than 1,000 rows: its own sampling error dominates, so only large changes show.</param>
public sealed record BaselineInfo(string Hash, long Count, bool Provisional);
