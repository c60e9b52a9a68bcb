using System.Globalization;
using Serving.Batching;
using Serving.Models.Config;
using Serving.Sessions;

namespace Serving.Models;

/// <summary>What a model's configuration means for its session and its queue.</summary>
internal static class RuntimeSettings
{
    /// <summary>The parameter that sets the threads of a run.</summary>
    public const string IntraOpThreads = "intra_op_thread_count";

    /// <summary>Triton's levels and the runtime's: 0 all, 1 extended, -1 basic, 2 none.</summary>
    private static int GraphLevel(int level) => level switch { -1 => 1, 1 => 2, 2 => 0, _ => 99 };

    /// <summary>The session's options, or every parameter that is no number or switch.</summary>
    public static Outcome<SessionOptions> ReadSession(ModelConfig config)
    {
        var faults = new List<string>();
        var defaults = new SessionOptions();
        var options = defaults with
        {
            IntraOpThreads = Threads(config, IntraOpThreads, defaults.IntraOpThreads, faults),
            InterOpThreads = Threads(config, "inter_op_thread_count", defaults.InterOpThreads, faults),
            ParallelExecution = Switch(config, "execution_mode", defaults.ParallelExecution, faults),
            AllowSpinning = Switch(config, "allow_spinning", defaults.AllowSpinning, faults),
            MemoryArena = Switch(config, "enable_mem_arena", defaults.MemoryArena, faults),
            MemoryPattern = Switch(config, "enable_mem_pattern", defaults.MemoryPattern, faults),
            GraphOptimizationLevel = GraphLevel(config.Optimization.GraphLevel),
            Providers =
            [
                .. config.Optimization.GpuExecutionAccelerator.Concat(config.Optimization.CpuExecutionAccelerator)
                    .Select(a => new ExecutionProvider(a.Name, a.Parameters.ToDictionary(p => p.Key, p => p.Value))),
            ],
        };
        return faults.Count == 0 ? options : ServingError.Invalid(string.Join("; ", faults));
    }

    /// <summary>The queue's options.</summary>
    /// <param name="config">The effective configuration.</param>
    /// <param name="session">Its session options.</param>
    /// <param name="cores">The process's session threads, divided over the threads that one run takes.</param>
    public static BatchingOptions ReadBatching(ModelConfig config, SessionOptions session, int cores)
    {
        var configured = config.InstanceGroup.Sum(group => group.Count);
        var options = new BatchingOptions
        {
            MaxBatchSize = config.MaxBatchSize,
            Instances = configured > 0 ? configured : Math.Max(1, cores / session.IntraOpThreads),
        };
        if (config.DynamicBatching is not { } batching) return options;

        // A policy that is not written leaves requests free to name their own timeout.
        var written = batching.DefaultQueuePolicy != new Config.QueuePolicy();
        return options with
        {
            Dynamic = true,
            PreferredSizes = [.. batching.PreferredBatchSize.Order()],
            MaxQueueDelay = TimeSpan.FromMicroseconds(batching.MaxQueueDelayMicroseconds),
            PreserveOrdering = batching.PreserveOrdering,
            PriorityLevels = batching.PriorityLevels,
            DefaultPriorityLevel = batching.DefaultPriorityLevel,
            DefaultPolicy = written ? Policy(batching.DefaultQueuePolicy) : new Batching.QueuePolicy(),
            LevelPolicies = batching.PriorityQueuePolicy.ToDictionary(p => p.Key, p => Policy(p.Value)),
        };
    }

    private static Batching.QueuePolicy Policy(Config.QueuePolicy policy) => new()
    {
        DelayExpired = policy.TimeoutAction == TimeoutAction.Delay,
        DefaultTimeout = TimeSpan.FromMicroseconds(policy.DefaultTimeoutMicroseconds),
        AllowTimeoutOverride = policy.AllowTimeoutOverride,
        MaxQueuedRows = (int)Math.Min(policy.MaxQueueSize, int.MaxValue),
    };

    private static int Threads(ModelConfig config, string name, int standard, List<string> faults)
    {
        if (!config.Parameters.TryGetValue(name, out var text)) return standard;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count <= 1024) return count == 0 ? Environment.ProcessorCount : count;
        faults.Add($"parameter '{name}' must be a whole number from 0 (one for each core) to 1024, not '{text}'");
        return standard;
    }

    private static bool Switch(ModelConfig config, string name, bool standard, List<string> faults)
    {
        if (!config.Parameters.TryGetValue(name, out var text)) return standard;
        if (text is "0" or "1") return text == "1";
        faults.Add($"parameter '{name}' must be 0 or 1, not '{text}'");
        return standard;
    }
}
