using System.Collections.Concurrent;
using System.Text;
using Grains.Replicas;
using Serving;
using Serving.Models;
using Serving.Models.Config;
using Serving.Models.Config.Reading;
using Serving.Models.Repository;

namespace Grains.Hosting;

/// <summary>
/// This silo's view of the shared repository: finds the files that a load order names, and refuses others. Contents are hashed
/// once per silo and change.
/// </summary>
internal sealed class SiloRepository(IReadOnlyList<string> roots)
{
    private readonly ConcurrentDictionary<string, Reader> readers = new(StringComparer.Ordinal);

    /// <summary>What to load for an order. Blocks on the disk.</summary>
    public Outcome<FoundVersion> Find(LoadOrder order)
    {
        var reader = readers.GetOrAdd(order.Model, static _ => new Reader());
        ModelFolder? folder = null;
        lock (reader)
        {
            foreach (var root in roots)
            {
                var path = Path.Combine(root, order.Model);
                if (Directory.Exists(path)) folder ??= reader.Read(root, path);
            }
        }

        var version = folder?.Versions.FirstOrDefault(v => v.Number == order.Version);
        if (folder is null || version is null) return NotReady(order, "it is not in this silo's view of the model repository");
        if (version.ModelPath is not { } file) return NotReady(order, version.Fault ?? "it has no model file");
        if (version.Fingerprint != order.FilesFingerprint) return NotReady(order, "this silo sees other files than the rest of the cluster");
        var bytes = version.Files.Sum(f => f.Length);
        if (order.ConfigJson is { } json)
        {
            return ConfigJsonReader.Read(Encoding.UTF8.GetBytes(json), "config", order.Model).TryGetValue(out var brought, out var error)
                ? new FoundVersion(brought, folder.Path, file, bytes)
                : error;
        }

        return folder.Config is { } config
            ? new FoundVersion(config, folder.Path, file, bytes)
            : NotReady(order, string.Join("; ", folder.Faults));
    }

    private static ServingError NotReady(LoadOrder order, string reason) => new(ErrorCode.ModelNotReady, reason);

    private sealed class Reader
    {
        private readonly FileHashes hashes = new();
        private readonly ConfigFileReader configs = new();

        public ModelFolder? Read(string root, string path)
        {
            hashes.Begin(complete: true);
            configs.Begin();
            return new ModelFolderReader(hashes, configs).Read(root, path, CancellationToken.None);
        }
    }
}
