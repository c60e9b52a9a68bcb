namespace Serving.Routing.Rollouts;

/// <summary>An estimate with its confidence sequence.</summary>
/// <param name="Estimate">The best guess; null while there is nothing to guess from.</param>
/// <param name="Low">The lower bound.</param>
/// <param name="High">The upper bound.</param>
public readonly record struct Interval(double? Estimate, double Low, double High);
