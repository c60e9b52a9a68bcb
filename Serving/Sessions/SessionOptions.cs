namespace Serving.Sessions;

/// <summary>How a session is set up: the part of a model's configuration that ONNX Runtime reads.</summary>
internal sealed record SessionOptions
{
    /// <summary>Threads inside one operator. One by default: parallel requests use the cores better than parallel operators.</summary>
    public int IntraOpThreads { get; init; } = 1;

    /// <summary>Threads over independent operators, in parallel execution mode.</summary>
    public int InterOpThreads { get; init; } = 1;

    /// <summary>Runs independent branches of the graph side by side.</summary>
    public bool ParallelExecution { get; init; }

    /// <summary>Worker threads burn a core while they wait for the next operator. Off: 20 requests/s cost 100 times less CPU.</summary>
    public bool AllowSpinning { get; init; }

    /// <summary>ORT's level: 0 none, 1 basic, 2 extended, 99 all.</summary>
    public int GraphOptimizationLevel { get; init; } = 99;

    /// <summary>The runtime's own arena for intermediate tensors.</summary>
    public bool MemoryArena { get; init; } = true;

    /// <summary>Plans memory once per input shape. Off by default, since plans pile up with dynamic shapes.</summary>
    public bool MemoryPattern { get; init; }

    /// <summary>Execution providers to try before the CPU, best first.</summary>
    public IReadOnlyList<ExecutionProvider> Providers { get; init; } = [];
}
