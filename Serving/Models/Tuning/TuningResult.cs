namespace Serving.Models.Tuning;

/// <summary>What a trial came to.</summary>
/// <param name="Trial">The setting.</param>
/// <param name="RunSeconds">What one run took.</param>
/// <param name="RowsPerSecond">Rows a second of all instances together.</param>
/// <param name="KeepsObjective">A request that waits for one run and then runs is answered within the objective.</param>
internal sealed record TuningResult(TuningTrial Trial, double RunSeconds, double RowsPerSecond, bool KeepsObjective);
