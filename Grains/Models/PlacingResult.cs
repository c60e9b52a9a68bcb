namespace Grains.Models;

/// <summary>How an attempt to load replicas ended.</summary>
/// <param name="Fault">Why the version cannot be loaded; null when it can.</param>
/// <param name="NoRoom">No silo had room.</param>
internal readonly record struct PlacingResult(string? Fault, bool NoRoom);
