namespace Serving.Models;

/// <summary>How often something happened and how long it took in all.</summary>
public readonly record struct DurationStatistic(ulong Count, ulong Nanoseconds);
