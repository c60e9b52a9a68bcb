namespace Serving.Models;

/// <summary>A version as the repository holds it now.</summary>
/// <param name="Version">Its number; higher is newer.</param>
/// <param name="Fingerprint">Of its files and the model's configuration: changes when a reload could bring something else.</param>
internal readonly record struct AvailableVersion(long Version, string Fingerprint);
