using Serving.Models.Config;
using Serving.Models.Repository;

namespace Grains.Models;

/// <summary>Between the repository's folders and what of them travels to a model's grain.</summary>
internal static class Sightings
{
    /// <param name="folder">The model's folder; null when it is not in the repository.</param>
    /// <param name="atStart">Whether it is to be loaded at the start, in explicit mode.</param>
    public static ModelSighting Of(ModelFolder? folder, bool atStart)
    {
        if (folder is null) return new ModelSighting { Exists = false };
        var policy = folder.Config?.VersionPolicy ?? VersionPolicy.Default;
        return new ModelSighting
        {
            Exists = true,
            Fault = folder.Faults.Count > 0 ? string.Join("; ", folder.Faults) : null,
            Versions = [.. folder.Versions.Select(v => new SightedVersion(v.Number, v.Fingerprint ?? v.Fault ?? ""))],
            ConfigFingerprint = folder.ConfigFingerprint ?? "",
            Latest = policy switch { VersionPolicy.Latest latest => latest.NumVersions, VersionPolicy.All => -1, _ => 0 },
            Numbers = policy is VersionPolicy.Specific specific ? [.. specific.Versions] : [],
            AtStart = atStart,
        };
    }

    /// <summary>Which of the model's versions its configuration wants.</summary>
    public static VersionPolicy ToPolicy(this ModelSighting sighting) => sighting.Latest switch
    {
        -1 => new VersionPolicy.All(),
        0 => new VersionPolicy.Specific([.. sighting.Numbers]),
        _ => new VersionPolicy.Latest(sighting.Latest),
    };
}
