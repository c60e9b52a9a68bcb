using System.Text;
using Serving.Models.Config.Reading;

namespace Serving.Models;

/// <summary>Reads what a load request brings along: a configuration, and files that stand in for the repository's.</summary>
internal static class ExplicitLoad
{
    /// <summary>Null when the request brings nothing. Files are laid out under a temporary repository root.</summary>
    public static Outcome<ModelOverride?> Read(ModelLoadRequest request)
    {
        if (request.ConfigJson is null)
        {
            return request.Files.Count == 0
                ? default(Outcome<ModelOverride?>)
                : ServingError.Invalid("parameter 'config' is required when files are sent along");
        }

        if (!ConfigJsonReader.Read(Encoding.UTF8.GetBytes(request.ConfigJson), "config", request.Model).TryGetValue(out var config, out var error)) return error;
        if (request.Files.Count == 0) return new ModelOverride(config, null);
        foreach (var file in request.Files.Keys)
        {
            var parts = file.Split('/');
            if (parts.Length < 2 || !long.TryParse(parts[0], out var version) || version <= 0 || parts.Any(p => p.Length == 0 || p is "." or ".." || p.IndexOfAny(['\\', '\0', ':']) >= 0))
                return ServingError.Invalid($"file '{file}' must have a path of the form <version>/<name>, such as 1/model.onnx");
        }

        if (request.Model.IndexOfAny(['/', '\\', '\0']) >= 0 || request.Model is "." or "..")
            return ServingError.Invalid($"'{request.Model}' is not a model name");
        var root = Directory.CreateTempSubdirectory("serving-load-").FullName;
        foreach (var (file, data) in request.Files)
        {
            var path = Path.Combine(root, request.Model, file);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            using var stream = File.Create(path);
            stream.Write(data.Span);
        }

        return new ModelOverride(config, root);
    }
}
