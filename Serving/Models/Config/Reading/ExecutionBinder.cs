using Serving.Models.Config.Schema;
using Serving.Models.Config.Syntax;
using Serving.Models.Config.Values;

namespace Serving.Models.Config.Reading;

/// <summary>Reads <c>instance_group</c> and <c>optimization</c>.</summary>
internal static class ExecutionBinder
{
    public static ValueList<InstanceGroup> InstanceGroups(ConfigMessage message, ConfigFaults faults)
    {
        var groups = new List<InstanceGroup>();
        foreach (var written in message.Messages("instance_group"))
        {
            var count = written.Integer("count");
            if (count is < 0 or > ConfigLimits.Instances)
            {
                faults.Refuse(written.LineOf("count"), $"'instance_group.count' must be from 0 to {ConfigLimits.Instances}, not {count}");
                continue;
            }

            var group = new InstanceGroup { Name = written.Text("name"), Kind = (InstanceKind)written.Symbol("kind"), Count = (int)count };
            if (group.Kind == InstanceKind.Gpu)
                faults.Warn(written.LineOf("kind"), "'instance_group.kind' KIND_GPU has no effect: the group runs on the CPU's cores");
            groups.Add(group);
        }

        return new(groups.ToArray());
    }

    public static OptimizationConfig Optimization(ConfigMessage? message, ConfigFaults faults)
    {
        if (message is null) return new();
        var level = message.Message("graph")?.Integer("level") ?? 0;
        if (level is < -1 or > 2)
            faults.Refuse(message.LineOf("graph"),
                $"'optimization.graph.level' is {level}; it is -1 (basic), 0 (all), 1 (extended) or 2 (none)");
        var accelerators = message.Message("execution_accelerators");
        return new()
        {
            GraphLevel = (int)level,
            CpuExecutionAccelerator = Accelerators(accelerators, "cpu_execution_accelerator", faults),
            GpuExecutionAccelerator = Accelerators(accelerators, "gpu_execution_accelerator", faults),
        };
    }

    private static ValueList<ExecutionAccelerator> Accelerators(ConfigMessage? message, string field, ConfigFaults faults)
    {
        if (message is null) return [];
        var accelerators = new List<ExecutionAccelerator>();
        foreach (var written in message.Messages(field))
        {
            var name = written.Text("name");
            if (name.Length == 0) faults.Refuse(written.Line, $"'optimization.execution_accelerators.{field}' needs a 'name'");
            accelerators.Add(new(name, written.TextMap("parameters")));
        }

        return new(accelerators.ToArray());
    }
}
