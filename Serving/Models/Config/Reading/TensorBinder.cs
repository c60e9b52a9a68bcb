using Serving.Models.Config.Schema;
using Serving.Models.Config.Syntax;
using Serving.Models.Config.Values;

namespace Serving.Models.Config.Reading;

/// <summary>Reads <c>input</c> and <c>output</c>.</summary>
internal static class TensorBinder
{
    public static ValueList<InputConfig> Inputs(ConfigMessage message, ConfigFaults faults) =>
        Each(message, "input", faults, tensor => new InputConfig
        {
            Name = tensor.Text("name"),
            DataType = DataTypes.FromNumber(tensor.Symbol("data_type")),
            Dims = tensor.List<long>("dims"),
            Reshape = tensor.Message("reshape")?.List<long>("shape"),
            Optional = tensor.Flag("optional"),
        });

    public static ValueList<OutputConfig> Outputs(ConfigMessage message, ConfigFaults faults) =>
        Each(message, "output", faults, tensor => new OutputConfig
        {
            Name = tensor.Text("name"),
            DataType = DataTypes.FromNumber(tensor.Symbol("data_type")),
            Dims = tensor.List<long>("dims"),
            Reshape = tensor.Message("reshape")?.List<long>("shape"),
            LabelFilename = ModelConfigBinder.FileName(tensor, "label_filename", faults),
        });

    private static ValueList<T> Each<T>(ConfigMessage message, string field, ConfigFaults faults, Func<ConfigMessage, T> bind)
        where T : TensorConfig
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        var tensors = new List<T>();
        foreach (var written in message.Messages(field))
        {
            var tensor = bind(written);
            var line = written.LineOf("name");
            if (tensor.Name.Length == 0) faults.Refuse(line, $"'{field}[{tensors.Count}]' needs a 'name'");
            else if (!names.Add(tensor.Name)) faults.Refuse(line, $"'{field}' has '{tensor.Name}' twice");
            CheckShape(tensor.Dims, $"{field} '{tensor.Name}': 'dims'", written.LineOf("dims"), faults);
            if (tensor.Reshape is { } reshape)
            {
                CheckShape(reshape, $"{field} '{tensor.Name}': 'reshape.shape'", written.LineOf("reshape"), faults);
                if (!Reshapes.Agree(tensor.Dims, reshape))
                    faults.Refuse(written.LineOf("reshape"),
                        $"{field} '{tensor.Name}': 'reshape' {reshape} has not as many elements as 'dims' {tensor.Dims}");
            }

            tensors.Add(tensor);
        }

        return new(tensors.ToArray());
    }

    private static void CheckShape(ValueList<long> shape, string what, int line, ConfigFaults faults)
    {
        if (shape.Count > ConfigLimits.TensorRank)
            faults.Refuse(line, $"{what} has {shape.Count} dimensions; {ConfigLimits.TensorRank} are allowed");
        else if (shape.Any(dimension => dimension < -1))
            faults.Refuse(line, $"{what} is {shape}; each must be 0 or more, or -1 where it varies");
    }
}
