using System.Text.Json;
using Gateway.Http;
using Microsoft.AspNetCore.Http;
using Serving;
using Serving.Inference;
using Serving.Models;

namespace Gateway.TensorFlow;

/// <summary>Status and metadata of models, in TensorFlow Serving's documents.</summary>
internal sealed class StatusOperations(IModelCatalog models)
{
    private static readonly string[] States = ["UNKNOWN", "LOADING", "AVAILABLE", "UNLOADING", "END"];

    private static readonly string[] Types =
    [
        "DT_INVALID", "DT_BOOL", "DT_UINT8", "DT_UINT16", "DT_UINT32", "DT_UINT64", "DT_INT8", "DT_INT16", "DT_INT32", "DT_INT64",
        "DT_HALF", "DT_BFLOAT16", "DT_FLOAT", "DT_DOUBLE", "DT_STRING",
    ];

    public async Task GetStatus(HttpContext context, PathValues values)
    {
        var rows = await FindAsync(values.Model, values.Version, values["label"], context.RequestAborted);
        if (!rows.TryGetValue(out var found, out var error))
        {
            await TensorFlowErrors.AnswerAsync(context, error);
            return;
        }

        await Answer.JsonAsync(context, found, static (json, found) =>
        {
            json.WriteStartObject();
            json.WriteStartArray("model_version_status");
            foreach (var row in found) WriteStatus(json, row);
            json.WriteEndArray();
            json.WriteEndObject();
        });
    }

    public Task GetMetadata(HttpContext context, PathValues values)
    {
        if (!models.GetMetadata(values.Model, values.Version ?? values["label"]).TryGetValue(out var metadata, out var error))
            return TensorFlowErrors.AnswerAsync(context, error);
        return Answer.JsonAsync(context, metadata, static (json, metadata) =>
        {
            json.WriteStartObject();
            json.WriteStartObject("model_spec");
            json.WriteString("name", metadata.Name);
            json.WriteString("signature_name", "");
            json.WriteString("version", metadata.Version);
            json.WriteEndObject();
            json.WriteStartObject("metadata");
            json.WriteStartObject("signature_def");
            json.WriteStartObject("signature_def");
            json.WriteStartObject("serving_default");
            WriteTensors(json, "inputs", metadata.Inputs);
            WriteTensors(json, "outputs", metadata.Outputs);
            json.WriteString("method_name", "tensorflow/serving/predict");
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndObject();
        });
    }

    /// <summary>The model's versions, highest first; only the one that is named, where one is.</summary>
    private async ValueTask<Outcome<IReadOnlyList<ModelIndexEntry>>> FindAsync(
        string model, string? version, string? label, CancellationToken cancellation)
    {
        if (label is not null)
        {
            if (!models.GetMetadata(model, label).TryGetValue(out var labelled, out var error)) return error;
            version = labelled.Version;
        }

        var found = new List<ModelIndexEntry>();
        var known = false;
        foreach (var row in await models.ListAsync(cancellation))
        {
            if (row.Name != model) continue;
            known = true;
            if (row.Version is not null && (version is null || row.Version == version)) found.Add(row);
        }

        if (!known) return ServingError.ModelNotFound(model);
        found.Reverse();
        if (found.Count > 0) return found;
        return models.GetMetadata(model, version).Error
            ?? (version is null ? ServingError.NotReady(model, null, "it has no versions") : ServingError.VersionNotFound(model, version));
    }

    private static void WriteStatus(Utf8JsonWriter json, ModelIndexEntry row)
    {
        json.WriteStartObject();
        json.WriteString("version", row.Version);
        json.WriteString("state", States[(int)row.State]);
        json.WriteStartObject("status");
        json.WriteString("error_code", row.State == ModelState.Unavailable && row.Reason is not null ? "UNKNOWN" : "OK");
        json.WriteString("error_message", row.State == ModelState.Unavailable ? row.Reason ?? "" : "");
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteTensors(Utf8JsonWriter json, string name, IReadOnlyList<TensorSignature> tensors)
    {
        json.WriteStartObject(name);
        foreach (var tensor in tensors)
        {
            json.WriteStartObject(tensor.Name);
            json.WriteString("dtype", Types[(int)tensor.Type]);
            json.WriteStartObject("tensor_shape");
            json.WriteStartArray("dim");
            foreach (var size in tensor.Shape)
            {
                json.WriteStartObject();
                json.WriteString("size", size.ToString(System.Globalization.CultureInfo.InvariantCulture));
                json.WriteString("name", "");
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteBoolean("unknown_rank", false);
            json.WriteEndObject();
            json.WriteString("name", tensor.Name);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }
}
