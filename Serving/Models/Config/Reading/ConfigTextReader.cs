using Serving.Models.Config.Schema;
using Serving.Models.Config.Syntax;

namespace Serving.Models.Config.Reading;

/// <summary>Reads <c>config.pbtxt</c>: Triton's ModelConfig in protobuf's text form.</summary>
internal static class ConfigTextReader
{
    /// <summary>
    /// The configuration as written, or every fault in it in one <see cref="ErrorCode.InvalidRequest"/>, each as
    /// <c>file:line: sentence</c>. An empty file is an empty configuration.
    /// </summary>
    /// <param name="utf8">The file's content.</param>
    /// <param name="file">How sentences name the file.</param>
    /// <param name="model">The model's name, which the file must not contradict.</param>
    public static Outcome<ModelConfig> Read(ReadOnlySpan<byte> utf8, string file, string model)
    {
        var faults = new ConfigFaults(file);
        if (utf8.Length > ConfigLimits.FileBytes)
        {
            faults.Refuse(1, $"the file has {utf8.Length} bytes; {ConfigLimits.FileBytes} are allowed");
            return faults.ToError();
        }

        if (TextSyntax.Read(utf8.ToArray(), faults) is not { } root) return faults.ToError();
        foreach (var field in root.Fields)
            if (field.Name == JsonSyntax.ServingField)
                faults.Refuse(field.Line, "'serving' is read from model.json only; write the whole configuration there");
        var message = new ConfigInterpreter(ConfigForm.Text, faults).Read(ModelConfigSchema.ModelConfig, root);
        return ModelConfigBinder.Bind(message, new(), model, faults);
    }
}
