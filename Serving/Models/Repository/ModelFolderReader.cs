using Serving.Models.Config;

namespace Serving.Models.Repository;

/// <summary>Reads one model's folder: its configuration, the files that names, and its versions.</summary>
internal sealed class ModelFolderReader(FileHashes hashes, ConfigFileReader configs)
{
    /// <summary>The folder's model; null when it looks like something else (no configuration, no version, no model file).</summary>
    public ModelFolder? Read(string root, string path, CancellationToken cancellationToken)
    {
        var name = Path.GetFileName(path);
        try
        {
            var files = FolderListing.Files(path).Select(file => Path.GetFileName(file)!).ToHashSet(StringComparer.Ordinal);
            var numbers = VersionNumbers(path);
            var hasConfig = files.Contains(ConfigFileReader.TextName) || files.Contains(ConfigFileReader.JsonName);
            if (!hasConfig && numbers.Count == 0 && FindModelFile(path) is null) return null;
            var folder = WithConfig(new() { Name = name, Path = path, Root = root }, files, cancellationToken);
            var filename = folder.Config is { DefaultModelFilename.Length: > 0 } config
                ? config.DefaultModelFilename : ModelConfig.OnnxFilename;
            var versions = numbers.Select(version => Version(version.Number, version.Path, filename, cancellationToken)).ToArray();
            return versions.Length > 0 ? folder with { Versions = new(versions) } : WithoutVersions(folder, filename, cancellationToken);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            var reason = $"the folder {path} cannot be read: {fault.Message}";
            return new() { Name = name, Path = path, Root = root, IsUnreadable = true, Faults = [reason] };
        }
    }

    /// <summary>Folders whose name is a number as one writes it: no sign, no zero in front.</summary>
    private static List<(long Number, string Path)> VersionNumbers(string path)
    {
        var versions = new List<(long Number, string Path)>();
        foreach (var folder in FolderListing.Folders(path))
        {
            var name = Path.GetFileName(folder);
            if (name.All(char.IsAsciiDigit) && name[0] != '0' && long.TryParse(name, out var number)) versions.Add((number, folder));
        }

        versions.Sort();
        return versions;
    }

    private ModelFolder WithConfig(ModelFolder folder, HashSet<string> files, CancellationToken cancellationToken)
    {
        if (files.Contains(ConfigFileReader.TextName) && files.Contains(ConfigFileReader.JsonName))
        {
            var both = new[] { ConfigFileReader.JsonName, ConfigFileReader.TextName };
            return folder with
            {
                ConfigFiles = new(both.Select(name => FileStamp.Of(Path.Combine(folder.Path, name), name)).ToArray()),
                ConfigFingerprint = "both",
                Faults = [$"the folder has both {ConfigFileReader.TextName} and {ConfigFileReader.JsonName}; remove one of them"],
            };
        }

        var source = files.Contains(ConfigFileReader.TextName) ? ConfigFileReader.TextName
            : files.Contains(ConfigFileReader.JsonName) ? ConfigFileReader.JsonName : null;
        if (source is null) return folder with { Config = new() { Name = folder.Name }, ConfigFingerprint = "none" };

        var path = Path.Combine(folder.Path, source);
        var stamp = FileStamp.Of(path, source);
        folder = folder with { ConfigPath = path, ConfigFiles = [stamp] };
        if (configs.Read(path, stamp, folder.Name).TryGetValue(out var config, out var error)) folder = WithNamedFiles(folder, config);
        else folder = folder with { Faults = [error.Message] };
        return folder with { ConfigFingerprint = hashes.Of(folder.Path, folder.ConfigFiles, cancellationToken) };
    }

    private static ModelFolder WithNamedFiles(ModelFolder folder, ModelConfig config)
    {
        var labels = config.Output.Where(output => output.LabelFilename.Length > 0).Select(output => output.LabelFilename);
        var data = config.ModelWarmup.SelectMany(warmup => warmup.Inputs.Values).Where(input => input.InputDataFile.Length > 0)
            .Select(input => WarmupInput.Folder + "/" + input.InputDataFile);
        var stamps = new List<FileStamp>(folder.ConfigFiles);
        var missing = new List<string>();
        foreach (var name in labels.Concat(data).Distinct().Order(StringComparer.Ordinal))
        {
            var path = Path.Combine(folder.Path, name);
            if (File.Exists(path)) stamps.Add(FileStamp.Of(path, name));
            else missing.Add($"{folder.Name}/{folder.ConfigFiles[0].Path} names the file '{name}', which is not in the folder");
        }

        folder = folder with { ConfigFiles = new(stamps.ToArray()), Faults = new(missing.ToArray()) };
        return missing.Count == 0 ? folder with { Config = config } : folder;
    }

    private VersionFolder Version(long number, string path, string filename, CancellationToken cancellationToken)
    {
        try
        {
            var files = FolderListing.AllFiles(path);
            var model = Path.Combine(path, filename);
            if (Directory.Exists(model)) model = Path.Combine(model, ModelConfig.OnnxFilename);
            var exists = File.Exists(model);
            return new()
            {
                Number = number,
                Path = path,
                ModelPath = exists ? model : null,
                Files = new(files.ToArray()),
                Fingerprint = hashes.Of(path, files, cancellationToken),
                Fault = exists ? null : Missing($"the folder {path} has no {filename}", filename, path),
            };
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return new() { Number = number, Path = path, IsUnreadable = true, Fault = $"the folder {path} cannot be read: {fault.Message}" };
        }
    }

    /// <summary>A model file right in the model's folder is version 1; what else the folder holds may be its external data.</summary>
    private ModelFolder WithoutVersions(ModelFolder folder, string filename, CancellationToken cancellationToken)
    {
        var model = Path.Combine(folder.Path, filename);
        if (!File.Exists(model) && !Directory.Exists(model))
        {
            var lacking = $"the folder {folder.Path} has neither a numbered version folder nor {filename}";
            return folder with { Faults = [.. folder.Faults, Missing(lacking, filename, folder.Path)] };
        }

        return folder with { Versions = [Version(1, folder.Path, filename, cancellationToken)] };
    }

    private static string Missing(string lacking, string filename, string path) =>
        FindModelFile(path) is { } other && other != filename
            ? $"{lacking}, but {other}; rename it, or set 'default_model_filename'"
            : lacking;

    private static string? FindModelFile(string path) =>
        Directory.EnumerateFileSystemEntries(path, "*.onnx").Select(Path.GetFileName).Order(StringComparer.Ordinal).FirstOrDefault();
}
