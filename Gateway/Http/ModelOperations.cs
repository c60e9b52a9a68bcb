using System.Text.Json;
using Gateway.Access;
using Microsoft.AspNetCore.Http;
using Serving;
using Serving.Access;
using Serving.Inference;
using Serving.Models;

namespace Gateway.Http;

/// <summary>What is asked about one model or version.</summary>
internal sealed class ModelOperations(IModelCatalog models)
{
    public Task GetMetadata(HttpContext context, PathValues values)
    {
        if (!models.GetMetadata(values.Model, values.Version).TryGetValue(out var metadata, out var error))
            return Answer.ErrorAsync(context, error);
        return Answer.JsonAsync(context, metadata, static (json, metadata) =>
        {
            json.WriteStartObject();
            json.WriteString("name", metadata.Name);
            json.WriteStartArray("versions");
            foreach (var version in metadata.Versions) json.WriteStringValue(version);
            json.WriteEndArray();
            json.WriteString("platform", metadata.Platform);
            WriteSignatures(json, "inputs", metadata.Inputs);
            WriteSignatures(json, "outputs", metadata.Outputs);
            json.WriteEndObject();
        });
    }

    public Task GetReady(HttpContext context, PathValues values)
    {
        var (model, version) = (values.Model, values.Version);
        if (!models.IsReady(model, version).TryGetValue(out var ready, out var error)) return Answer.ErrorAsync(context, error);
        if (!ready)
        {
            // The signature is refused for the same reason, and knows it.
            return Answer.ErrorAsync(context, models.GetMetadata(model, version).Error ?? ServingError.NotReady(
                model, version, "it is loading, unloaded or failed to load; POST /v2/repository/index tells which"));
        }

        return Answer.JsonAsync(context, model, static (json, model) =>
        {
            json.WriteStartObject();
            json.WriteString("name", model);
            json.WriteBoolean("ready", true);
            json.WriteEndObject();
        });
    }

    public async Task GetConfig(HttpContext context, PathValues values)
    {
        var config = await models.GetConfigAsync(values.Model, values.Version, context.RequestAborted);
        if (config.TryGetValue(out var json, out var error)) await Answer.PlainAsync(context, json, Answer.Json);
        else await Answer.ErrorAsync(context, error);
    }

    public async Task GetStatistics(HttpContext context, PathValues values)
    {
        var statistics = await models.GetStatisticsAsync(values["model"], values.Version, context.RequestAborted);
        if (statistics.TryGetValue(out var rows, out var error))
        {
            var principal = Principal.Of(context);
            await Answer.JsonAsync(context, rows.Where(row => principal.May(AccessScope.Read, row.Name)), StatisticsDocument.Write);
        }
        else await Answer.ErrorAsync(context, error);
    }

    private static void WriteSignatures(Utf8JsonWriter json, string name, IReadOnlyList<TensorSignature> signatures)
    {
        json.WriteStartArray(name);
        foreach (var signature in signatures)
        {
            json.WriteStartObject();
            json.WriteString("name", signature.Name);
            json.WriteString("datatype", signature.Type.Name());
            json.WriteStartArray("shape");
            foreach (var dimension in signature.Shape) json.WriteNumberValue(dimension);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
