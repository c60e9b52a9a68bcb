namespace Serving.Models;

/// <summary>Runs at one batch size.</summary>
public sealed record BatchStatistic(
    long BatchSize, DurationStatistic ComputeInput, DurationStatistic ComputeInfer, DurationStatistic ComputeOutput);
