using Serving.Models.Config;
using Serving.Models.Config.Reading;

namespace Serving.Models.Repository;

/// <summary>Reads the configuration file of a model's folder; again only when it changed.</summary>
internal sealed class ConfigFileReader
{
    public const string TextName = "config.pbtxt";
    public const string JsonName = "model.json";

    private Dictionary<string, Entry> known = new(StringComparer.Ordinal);
    private Dictionary<string, Entry> seen = new(StringComparer.Ordinal);

    /// <summary>Before each scan. Files that the scan before did not ask for are forgotten.</summary>
    public void Begin()
    {
        known = seen;
        seen = new(StringComparer.Ordinal);
    }

    /// <param name="path">Of a file called <see cref="TextName"/> or <see cref="JsonName"/>.</param>
    /// <param name="stamp">The file as it is now.</param>
    /// <param name="model">The model's name.</param>
    public Outcome<ModelConfig> Read(string path, FileStamp stamp, string model)
    {
        if (!known.TryGetValue(path, out var entry) || entry.Stamp != stamp) entry = new(stamp, ReadFile(path, stamp, model));
        seen[path] = entry;
        return entry.Config;
    }

    private static Outcome<ModelConfig> ReadFile(string path, FileStamp stamp, string model)
    {
        var label = $"{model}/{stamp.Path}";
        if (stamp.Length > ConfigLimits.FileBytes)
            return ServingError.Invalid($"{label}:1: the file has {stamp.Length} bytes; {ConfigLimits.FileBytes} are allowed");
        var bytes = File.ReadAllBytes(path);
        return stamp.Path == JsonName ? ConfigJsonReader.Read(bytes, label, model) : ConfigTextReader.Read(bytes, label, model);
    }

    private sealed record Entry(FileStamp Stamp, Outcome<ModelConfig> Config);
}
