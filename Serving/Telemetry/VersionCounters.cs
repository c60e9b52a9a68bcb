using Serving.Models;

namespace Serving.Telemetry;

/// <summary>
/// What one version has done since it was first loaded, with Triton's counting rules: a request of 64 rows adds 64 to the
/// inferences and 1 to the successes; a run counts once however many requests were in it. Written under the batch loop's lock.
/// Durations are in nanoseconds.
/// </summary>
internal sealed class VersionCounters
{
    private readonly SortedDictionary<long, BatchTotals> batches = [];
    private ulong inferences;
    private ulong executions;
    private ulong lastInference;
    private Total success;
    private Total fail;
    private Total queue;
    private Total computeInput;
    private Total computeInfer;
    private Total computeOutput;
    private Total cacheHit;
    private Total cacheMiss;

    /// <summary>Counts one run of <paramref name="rows"/> rows.</summary>
    public void Ran(int rows, long input, long infer, long output, ulong unixMilliseconds)
    {
        executions++;
        lastInference = unixMilliseconds;
        if (!batches.TryGetValue(rows, out var totals)) batches[rows] = totals = new BatchTotals();
        totals.Input.Add(input);
        totals.Infer.Add(infer);
        totals.Output.Add(output);
    }

    /// <summary>Counts one answered request of a run.</summary>
    public void Succeeded(int rows, long total, long waited, long input, long infer, long output)
    {
        inferences += (ulong)rows;
        success.Add(total);
        queue.Add(waited);
        computeInput.Add(input);
        computeInfer.Add(infer);
        computeOutput.Add(output);
    }

    /// <summary>Counts a request that the response cache answered: a success that waited, and neither an inference nor a run.</summary>
    public void Hit(long total, long waited, long lookup)
    {
        success.Add(total);
        queue.Add(waited);
        cacheHit.Add(lookup);
    }

    /// <summary>Counts a request that the response cache could not answer.</summary>
    public void Missed(long lookup) => cacheMiss.Add(lookup);

    /// <summary>Adds to the misses what it took to keep their answers.</summary>
    public void Kept(long insertion) => cacheMiss.Extend(insertion);

    public void Failed(long total) => fail.Add(total);

    public ModelStatistics Read(string model, string version, long memoryBytes)
    {
        var sizes = new List<BatchStatistic>(batches.Count);
        foreach (var (size, totals) in batches)
            sizes.Add(new BatchStatistic(size, totals.Input.Value, totals.Infer.Value, totals.Output.Value));
        return new ModelStatistics
        {
            Name = model,
            Version = version,
            LastInference = lastInference,
            InferenceCount = inferences,
            ExecutionCount = executions,
            Success = success.Value,
            Fail = fail.Value,
            Queue = queue.Value,
            ComputeInput = computeInput.Value,
            ComputeInfer = computeInfer.Value,
            ComputeOutput = computeOutput.Value,
            CacheHit = cacheHit.Value,
            CacheMiss = cacheMiss.Value,
            Batches = sizes,
            MemoryBytes = memoryBytes,
        };
    }

    private struct Total
    {
        private ulong count;
        private ulong nanoseconds;

        public readonly DurationStatistic Value => new(count, nanoseconds);

        public void Add(long duration)
        {
            count++;
            Extend(duration);
        }

        public void Extend(long duration) => nanoseconds += (ulong)Math.Max(duration, 0);
    }

    private sealed class BatchTotals
    {
        public Total Input;
        public Total Infer;
        public Total Output;
    }
}
