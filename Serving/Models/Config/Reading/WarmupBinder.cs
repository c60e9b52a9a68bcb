using Serving.Models.Config.Schema;
using Serving.Models.Config.Syntax;
using Serving.Models.Config.Values;

namespace Serving.Models.Config.Reading;

/// <summary>Reads <c>model_warmup</c>.</summary>
internal static class WarmupBinder
{
    public static ValueList<WarmupConfig> Bind(ConfigMessage message, ConfigFaults faults)
    {
        var warmups = new List<WarmupConfig>();
        foreach (var written in message.Messages("model_warmup"))
        {
            var count = Math.Max(1, written.Integer("count"));
            if (count > ConfigLimits.WarmupCount)
                faults.Refuse(written.LineOf("count"), $"'model_warmup.count' is {count}; {ConfigLimits.WarmupCount} are allowed");
            var inputs = written.Values("inputs");
            if (inputs.Count == 0) faults.Refuse(written.Line, "'model_warmup' needs 'inputs'");
            warmups.Add(new()
            {
                Name = written.Text("name"),
                BatchSize = (int)Math.Min(int.MaxValue, written.Integer("batch_size")),
                Inputs = new(inputs.Select(entry =>
                    KeyValuePair.Create((string)entry.Key!, Input((string)entry.Key!, (ConfigMessage)entry.Value, faults)))),
                Count = (int)Math.Min(count, ConfigLimits.WarmupCount),
            });
        }

        return new(warmups.ToArray());
    }

    private static WarmupInput Input(string name, ConfigMessage message, ConfigFaults faults)
    {
        var input = new WarmupInput
        {
            DataType = DataTypes.FromNumber(message.Symbol("data_type")),
            Dims = message.List<long>("dims"),
            ZeroData = message.Flag("zero_data"),
            RandomData = message.Flag("random_data"),
            InputDataFile = ModelConfigBinder.FileName(message, "input_data_file", faults),
        };
        if (input.DataType == default) faults.Refuse(message.Line, $"'model_warmup.inputs' '{name}' needs a 'data_type'");
        if (input.Dims.Any(dimension => dimension < 0))
            faults.Refuse(message.LineOf("dims"), $"'model_warmup.inputs' '{name}': 'dims' {input.Dims} must be fixed");
        if (!input.ZeroData && !input.RandomData && input.InputDataFile.Length == 0)
            faults.Refuse(message.Line, $"'model_warmup.inputs' '{name}' needs 'zero_data', 'random_data' or 'input_data_file'");
        return input;
    }
}
