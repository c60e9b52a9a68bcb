using Serving.Models.Config.Values;

namespace Serving.Models.Config;

/// <summary>How the runtime prepares the model.</summary>
internal sealed record OptimizationConfig
{
    /// <summary><c>graph.level</c>: 0 all optimisations, 1 extended, -1 basic, 2 none.</summary>
    public int GraphLevel { get; init; }

    public ValueList<ExecutionAccelerator> CpuExecutionAccelerator { get; init; } = [];

    public ValueList<ExecutionAccelerator> GpuExecutionAccelerator { get; init; } = [];
}
