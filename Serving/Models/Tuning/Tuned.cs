using System.Globalization;
using Serving.Models.Config;
using Serving.Models.Config.Values;

namespace Serving.Models.Tuning;

/// <summary>A configuration with what the tuner found written into it; as it was when it found nothing, or was not asked.</summary>
internal sealed class Tuned
{
    public Tuned(ModelConfig config, TuningResult? found)
    {
        Finding = Sentence(found);
        Config = config;
        if (config.Serving.Tuning is null) return;
        Config = config with { Warnings = [.. config.Warnings, Finding] };
        if (found is null) return;
        (Threads, Rows) = (found.Trial.Threads, found.Trial.Rows);
        var others = config.Parameters.Where(p => p.Key != RuntimeSettings.IntraOpThreads);
        Config = Config with
        {
            InstanceGroup = [new InstanceGroup { Kind = InstanceKind.Cpu, Count = found.Trial.Instances }],
            Parameters = new([.. others, KeyValuePair.Create(RuntimeSettings.IntraOpThreads, Threads.Value.ToString(CultureInfo.InvariantCulture))]),
            DynamicBatching = config.DynamicBatching ?? (Rows > 1 ? new DynamicBatchingConfig() : null),
        };
    }

    public ModelConfig Config { get; }

    /// <summary>Threads of a run; null to leave them as configured.</summary>
    public int? Threads { get; }

    /// <summary>Rows of a run; null to leave them as configured.</summary>
    public int? Rows { get; }

    /// <summary>What was found, in a sentence.</summary>
    public string Finding { get; }

    private static string Sentence(TuningResult? found) => found is null
        ? "'serving.tuning' found nothing: the model could not be run on zeros, or not in time; set 'instance_group' and 'parameters' by hand"
        : string.Create(CultureInfo.InvariantCulture,
            $"'serving.tuning' found {found.Trial.Instances} instance(s) of {found.Trial.Threads} thread(s) and up to {found.Trial.Rows} row(s) a run: "
            + $"{found.Measure.RowsPerSecond:0} rows a second, 95 of 100 answered within {found.Measure.LatencySeconds * 1e3:0.###} ms{(found.KeepsObjective ? "" : "; no setting keeps the objective")}");
}
