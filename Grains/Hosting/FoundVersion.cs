using Serving.Models.Config;

namespace Grains.Hosting;

/// <summary>What a version is loaded from.</summary>
/// <param name="Config">As written, not yet completed.</param>
/// <param name="Folder">The model's folder.</param>
/// <param name="ModelFile">The version's model file.</param>
/// <param name="Bytes">Of all files of the version.</param>
internal sealed record FoundVersion(ModelConfig Config, string Folder, string ModelFile, long Bytes);
