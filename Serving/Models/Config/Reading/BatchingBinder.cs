using Serving.Models.Config.Schema;
using Serving.Models.Config.Syntax;

namespace Serving.Models.Config.Reading;

/// <summary>Reads <c>dynamic_batching</c>.</summary>
internal static class BatchingBinder
{
    public static DynamicBatchingConfig Bind(ConfigMessage message, ConfigFaults faults)
    {
        var preferred = message.List<long>("preferred_batch_size");
        if (preferred.Any(size => size < 1))
            faults.Refuse(message.LineOf("preferred_batch_size"), "'dynamic_batching.preferred_batch_size' must be 1 or more each");
        var levels = Levels(message, faults);
        return new()
        {
            PreferredBatchSize = new(preferred.Select(size => (int)size).Distinct().Order().ToArray()),
            MaxQueueDelayMicroseconds = message.Integer("max_queue_delay_microseconds"),
            PreserveOrdering = message.Flag("preserve_ordering"),
            PriorityLevels = levels,
            DefaultPriorityLevel = DefaultLevel(message, levels, faults),
            DefaultQueuePolicy = message.Message("default_queue_policy") is { } policy ? Policy(policy) : new(),
            PriorityQueuePolicy = new(message.Values("priority_queue_policy").Where(entry => IsLevel(entry, levels, faults)).Select(entry =>
                KeyValuePair.Create((int)(long)entry.Key!, Policy((ConfigMessage)entry.Value)))),
        };
    }

    private static int Levels(ConfigMessage message, ConfigFaults faults)
    {
        var levels = message.Integer("priority_levels");
        if (levels <= ConfigLimits.PriorityLevels) return (int)levels;
        faults.Refuse(message.LineOf("priority_levels"),
            $"'dynamic_batching.priority_levels' is {levels}; {ConfigLimits.PriorityLevels} are allowed");
        return ConfigLimits.PriorityLevels;
    }

    private static int DefaultLevel(ConfigMessage message, int levels, ConfigFaults faults)
    {
        var level = message.Integer("default_priority_level");
        if (level <= levels && level > 0 == levels > 0) return (int)level;
        faults.Refuse(message.LineOf("default_priority_level"), levels == 0
            ? "'dynamic_batching.default_priority_level' needs 'priority_levels'"
            : $"'dynamic_batching.default_priority_level' must be from 1 to 'priority_levels', which is {levels}");
        return 0;
    }

    private static bool IsLevel(ConfigValue entry, int levels, ConfigFaults faults)
    {
        if ((long)entry.Key! >= 1 && (long)entry.Key <= levels) return true;
        faults.Refuse(entry.Line, $"'dynamic_batching.priority_queue_policy' has the level {entry.Key}, but 'priority_levels' is {levels}");
        return false;
    }

    private static QueuePolicy Policy(ConfigMessage message) => new()
    {
        TimeoutAction = (TimeoutAction)message.Symbol("timeout_action"),
        DefaultTimeoutMicroseconds = message.Integer("default_timeout_microseconds"),
        AllowTimeoutOverride = message.Flag("allow_timeout_override"),
        MaxQueueSize = message.Integer("max_queue_size"),
    };
}
