namespace Serving.Drift.Baselines;

/// <summary>Everything about a numeric baseline that is not in its bins.</summary>
/// <param name="Missing">Rows without a value.</param>
/// <param name="NaN">Rows whose value is not a number.</param>
/// <param name="Infinite">Rows whose value is infinite, of either sign.</param>
/// <param name="TopCount">How often the most frequent finite value occurs.</param>
/// <param name="Mean">Of the finite values, 0 without any.</param>
/// <param name="Deviation">Population standard deviation of the finite values.</param>
internal sealed record NumericTotals(long Missing, long NaN, long Infinite, long TopCount, double Mean, double Deviation);
