using Serving.Models.Config;
using Serving.Models.Config.Values;

namespace Serving.Models.Repository;

/// <summary>One model on disk.</summary>
internal sealed record ModelFolder
{
    public required string Name { get; init; }

    public required string Path { get; init; }

    /// <summary>The repository root it is in.</summary>
    public required string Root { get; init; }

    /// <summary><c>config.pbtxt</c> or <c>model.json</c>; null when there is neither.</summary>
    public string? ConfigPath { get; init; }

    /// <summary>As written (without a file: empty); null when it is at fault.</summary>
    public ModelConfig? Config { get; init; }

    /// <summary>The configuration's file and those it names (labels, warm-up data).</summary>
    public ValueList<FileStamp> ConfigFiles { get; init; } = [];

    /// <summary>Of the contents of <see cref="ConfigFiles"/>; null while they still change.</summary>
    public string? ConfigFingerprint { get; init; }

    /// <summary>By number, lowest first.</summary>
    public ValueList<VersionFolder> Versions { get; init; } = [];

    /// <summary>Why the model as a whole cannot be served.</summary>
    public ValueList<string> Faults { get; init; } = [];

    /// <summary>The folder could not be looked into, so nothing else is known this time.</summary>
    public bool IsUnreadable { get; init; }
}
