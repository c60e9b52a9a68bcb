using Gateway.Access;
using Microsoft.AspNetCore.Http;
using Serving;
using Serving.Access;
using Serving.Models;

namespace Gateway.Http;

/// <summary>The model repository extension: index, load, unload.</summary>
internal sealed class RepositoryOperations(IModelCatalog models, BodyReader bodies)
{
    private static readonly string[] States = ["UNKNOWN", "LOADING", "READY", "UNLOADING", "UNAVAILABLE"];

    public async Task GetIndex(HttpContext context, PathValues values)
    {
        var read = await bodies.ReadAsync(context, RepositoryBody.ReadIndex);
        if (!read.TryGetValue(out var readyOnly, out var error))
        {
            await Answer.ErrorAsync(context, error);
            return;
        }

        var entries = await models.ListAsync(context.RequestAborted);
        await Answer.JsonAsync(context, (entries, readyOnly, principal: Principal.Of(context)), static (json, state) =>
        {
            json.WriteStartArray();
            foreach (var entry in state.entries)
            {
                if (state.readyOnly && entry.State != ModelState.Ready || !state.principal.May(AccessScope.Read, entry.Name)) continue;
                json.WriteStartObject();
                json.WriteString("name", entry.Name);
                if (!string.IsNullOrEmpty(entry.Version)) json.WriteString("version", entry.Version);
                json.WriteString("state", States[(int)entry.State]);
                if (!string.IsNullOrEmpty(entry.Reason)) json.WriteString("reason", entry.Reason);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        });
    }

    public async Task Load(HttpContext context, PathValues values)
    {
        var model = values.Model;
        if (!IsFolderName(model))
        {
            await Answer.ErrorAsync(context, ServingError.ModelNotFound(model));
            return;
        }

        var read = await bodies.ReadAsync(context, body => RepositoryBody.ReadLoad(model, body));
        if (read.TryGetValue(out var request, out var error))
            await AnswerAsync(context, await models.LoadAsync(request, context.RequestAborted));
        else await Answer.ErrorAsync(context, error);
    }

    public async Task Unload(HttpContext context, PathValues values)
    {
        var read = await bodies.ReadAsync(context, RepositoryBody.ReadUnload);
        if (read.TryGetValue(out _, out var error))
            await AnswerAsync(context, await models.UnloadAsync(values.Model, context.RequestAborted));
        else await Answer.ErrorAsync(context, error);
    }

    /// <summary>A name that cannot lead out of the repository, whoever puts it into a path later.</summary>
    internal static bool IsFolderName(string model) => model is not ("." or "..") && model.AsSpan().IndexOfAny("/\\:\0") < 0;

    private static Task AnswerAsync(HttpContext context, Outcome<Done> outcome) =>
        outcome.Error is { } error ? Answer.ErrorAsync(context, error) : Answer.EmptyAsync(context);
}
