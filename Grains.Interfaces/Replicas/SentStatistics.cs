using Serving.Models;

namespace Grains.Replicas;

/// <summary>A replica's <see cref="ModelStatistics"/>.</summary>
[GenerateSerializer, Immutable, Alias("serving.statistics")]
public sealed class SentStatistics
{
    private const int Durations = 8;

    [Id(0)]
    public required string Model { get; init; }

    [Id(1)]
    public required string Version { get; init; }

    [Id(2)]
    public required ulong LastInference { get; init; }

    [Id(3)]
    public required ulong InferenceCount { get; init; }

    [Id(4)]
    public required ulong ExecutionCount { get; init; }

    /// <summary>Count and nanoseconds of success, fail, queue, compute input, infer, output, cache hit and miss.</summary>
    [Id(5)]
    public required ulong[] Totals { get; init; }

    /// <summary>For each batch size: the size, and count and nanoseconds of compute input, infer and output.</summary>
    [Id(6)]
    public required ulong[] Batches { get; init; }

    [Id(7)]
    public required long MemoryBytes { get; init; }

    public static SentStatistics Of(ModelStatistics s)
    {
        DurationStatistic[] durations = [s.Success, s.Fail, s.Queue, s.ComputeInput, s.ComputeInfer, s.ComputeOutput, s.CacheHit, s.CacheMiss];
        return new SentStatistics
        {
            Model = s.Name, Version = s.Version, LastInference = s.LastInference, InferenceCount = s.InferenceCount,
            ExecutionCount = s.ExecutionCount, MemoryBytes = s.MemoryBytes,
            Totals = [.. durations.SelectMany(d => new[] { d.Count, d.Nanoseconds })],
            Batches =
            [
                .. s.Batches.SelectMany(b => new[]
                {
                    (ulong)b.BatchSize, b.ComputeInput.Count, b.ComputeInput.Nanoseconds, b.ComputeInfer.Count, b.ComputeInfer.Nanoseconds,
                    b.ComputeOutput.Count, b.ComputeOutput.Nanoseconds,
                }),
            ],
        };
    }

    public ModelStatistics ToStatistics()
    {
        DurationStatistic At(int i) => new(Totals[2 * i], Totals[2 * i + 1]);
        return new ModelStatistics
        {
            Name = Model, Version = Version, LastInference = LastInference, InferenceCount = InferenceCount, ExecutionCount = ExecutionCount,
            MemoryBytes = MemoryBytes, Success = At(0), Fail = At(1), Queue = At(2), ComputeInput = At(3), ComputeInfer = At(4),
            ComputeOutput = At(5), CacheHit = At(6), CacheMiss = At(Durations - 1),
            Batches = [.. Batches.Chunk(7).Select(b => new BatchStatistic((long)b[0], new(b[1], b[2]), new(b[3], b[4]), new(b[5], b[6])))],
        };
    }
}
