using Serving.Models.Config.Schema;
using Serving.Models.Config.Syntax;
using Serving.Models.Config.Values;

namespace Serving.Models.Config.Reading;

/// <summary>
/// Reads <c>model.json</c>, or the configuration in a load request: protobuf's JSON form of ModelConfig and the <c>serving</c>
/// section.
/// </summary>
internal static class ConfigJsonReader
{
    /// <inheritdoc cref="ConfigTextReader.Read"/>
    public static Outcome<ModelConfig> Read(ReadOnlySpan<byte> utf8, string file, string model)
    {
        var faults = new ConfigFaults(file);
        if (utf8.Length > ConfigLimits.FileBytes)
        {
            faults.Refuse(1, $"the file has {utf8.Length} bytes; {ConfigLimits.FileBytes} are allowed");
            return faults.ToError();
        }

        if (utf8.Trim(" \t\r\n"u8).IsEmpty) utf8 = "{}"u8;
        if (JsonSyntax.Read(utf8, faults, out var json) is not { } root) return faults.ToError();
        var serving = new ServingSection();
        var ours = root.Fields.FirstOrDefault(field => field.Name == JsonSyntax.ServingField);
        if (ours.Value is { Kind: not ConfigNodeKind.Null }) serving = Serving(ours.Value, json!, faults);
        var rest = root with { Fields = root.Fields.Where(field => field.Name != JsonSyntax.ServingField).ToArray() };
        var message = new ConfigInterpreter(ConfigForm.Json, faults).Read(ModelConfigSchema.ModelConfig, rest);
        return ModelConfigBinder.Bind(message, serving, model, faults);
    }

    private static ServingSection Serving(ConfigNode node, JsonSection json, ConfigFaults faults)
    {
        if (node.Kind != ConfigNodeKind.Message)
        {
            faults.Refuse(node.Line, "'serving' must be an object in braces");
            return new();
        }

        var section = new ServingSection();
        foreach (var (name, line, value) in node.Fields)
        {
            if (value.Kind == ConfigNodeKind.Null) continue;
            var part = new JsonSection(json.Root.GetProperty(name));
            switch (name)
            {
                case "drift": section = section with { Drift = part }; break;
                case "quality": section = section with { Quality = part }; break;
                case "replicas": section = section with { Replicas = part }; break;
                case "rollout": section = section with { Rollout = part }; break;
                case "tuning": section = section with { Tuning = part }; break;

                // Shown by the server with the configuration; so that what it shows can be sent back.
                case "warnings": break;
                default: faults.Refuse(line, $"'serving.{name}' does not exist; 'serving' has drift, quality, replicas, rollout and tuning"); break;
            }
        }

        return section;
    }
}
