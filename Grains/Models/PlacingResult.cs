namespace Grains.Models;

/// <summary>How an attempt to load replicas ended.</summary>
/// <param name="Fault">Why the version cannot be loaded, as a clause; null when it can.</param>
/// <param name="MayFitLater">No silo has room now; models that are busy now may give way later.</param>
internal readonly record struct PlacingResult(string? Fault, bool MayFitLater);
