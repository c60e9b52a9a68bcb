using System.Buffers;
using System.Text.Json;
using Serving;
using Serving.Models;

namespace Gateway.Http;

/// <summary>
/// The bodies of the model repository extension. An empty one is as good as <c>{}</c>; fields of the document that nobody here
/// knows are ignored, as the protocol has it, but unknown parameters are refused: they ask for something that would not happen.
/// </summary>
internal static class RepositoryBody
{
    private const string FilePrefix = "file:";

    private static readonly ReadOnlySequence<byte> Nothing = new("{}"u8.ToArray());

    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 16 };

    /// <summary><c>{"ready": true}</c>: only what is ready.</summary>
    public static Outcome<bool> ReadIndex(ReadOnlySequence<byte> body) => Read(body, root =>
    {
        if (!root.TryGetProperty("ready", out var ready)) return (Outcome<bool>)false;
        return ready.ValueKind is JsonValueKind.True or JsonValueKind.False
            ? ready.GetBoolean()
            : ServingError.Invalid("'ready' must be true or false");
    });

    /// <summary><c>{"parameters": {"unload_dependents": false}}</c>.</summary>
    public static Outcome<Done> ReadUnload(ReadOnlySequence<byte> body) => ReadParameters(body, parameter => parameter.Name switch
    {
        "unload_dependents" when parameter.Value.ValueKind is JsonValueKind.False => null,
        "unload_dependents" => ServingError.Invalid(
            "parameter 'unload_dependents' may only be false: no model depends on another here"),
        _ => ServingError.Invalid($"unknown parameter '{parameter.Name}'; unload takes unload_dependents"),
    });

    /// <summary><c>{"parameters": {"config": "json", "file:1/model.onnx": "base64"}}</c>.</summary>
    public static Outcome<ModelLoadRequest> ReadLoad(string model, ReadOnlySequence<byte> body)
    {
        string? config = null;
        var files = new Dictionary<string, ReadOnlyMemory<byte>>();
        var read = ReadParameters(body, parameter =>
        {
            if (parameter.Name == "config")
            {
                if (parameter.Value.ValueKind != JsonValueKind.String)
                    return ServingError.Invalid("parameter 'config' must be a string that holds JSON");
                config = parameter.Value.GetString();
                return null;
            }

            if (!parameter.Name.StartsWith(FilePrefix, StringComparison.Ordinal))
                return ServingError.Invalid($"unknown parameter '{parameter.Name}'; load takes config and file:<version>/<name>");
            var path = parameter.Name[FilePrefix.Length..];
            if (!IsInside(path))
                return ServingError.Invalid($"parameter '{parameter.Name}' must be file:<version>/<name>, in the model's folder");
            if (parameter.Value.ValueKind != JsonValueKind.String || !parameter.Value.TryGetBytesFromBase64(out var content))
                return ServingError.Invalid($"parameter '{parameter.Name}' must be a string of base64");
            files[path] = content;
            return null;
        });
        if (read.Error is { } error) return error;
        if (files.Count > 0 && config is null)
            return ServingError.Invalid("parameter 'config' is needed beside file: parameters");
        return new ModelLoadRequest(model, config, files);
    }

    /// <summary>A relative path of ordinary names that stays where it is put.</summary>
    internal static bool IsInside(string path)
    {
        if (path.Length == 0 || path.Contains('\\') || path.Contains(':') || path.Contains('\0')) return false;
        foreach (var name in path.Split('/'))
        {
            if (name is "" or "." or "..") return false;
        }

        return true;
    }

    private static Outcome<Done> ReadParameters(ReadOnlySequence<byte> body, Func<JsonProperty, ServingError?> take) =>
        Read(body, root =>
    {
        if (!root.TryGetProperty("parameters", out var parameters)) return (Outcome<Done>)new Done();
        if (parameters.ValueKind != JsonValueKind.Object) return ServingError.Invalid("'parameters' must be an object");
        foreach (var parameter in parameters.EnumerateObject())
        {
            if (take(parameter) is { } error) return error;
        }

        return new Done();
    });

    private static Outcome<T> Read<T>(ReadOnlySequence<byte> body, Func<JsonElement, Outcome<T>> read)
    {
        try
        {
            using var document = JsonDocument.Parse(body.IsEmpty ? Nothing : body, Strict);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                return ServingError.Invalid("the body must be a JSON object, or empty");
            return read(document.RootElement);
        }
        catch (JsonException fault)
        {
            return ServingError.Invalid(
                $"the body is not valid JSON at line {fault.LineNumber + 1}, byte {fault.BytePositionInLine + 1}");
        }
        catch (InvalidOperationException)
        {
            // What the parser throws for text with half a surrogate pair or broken UTF-8 in it.
            return ServingError.Invalid("the body has a string that is not valid Unicode");
        }
    }
}
