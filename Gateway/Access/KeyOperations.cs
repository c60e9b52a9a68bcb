using System.Globalization;
using Gateway.Http;
using Microsoft.AspNetCore.Http;
using Serving;
using Serving.Access;

namespace Gateway.Access;

/// <summary>Administration of keys, and the audit log.</summary>
internal sealed class KeyOperations(IAccessStore store, BodyReader bodies)
{
    public Task List(HttpContext context, PathValues values) => Answer.JsonAsync(context, store.Keys, static (json, keys) =>
    {
        json.WriteStartObject();
        json.WriteStartArray("keys");
        foreach (var key in keys) KeyJson.Write(json, key);
        json.WriteEndArray();
        json.WriteEndObject();
    });

    public Task Get(HttpContext context, PathValues values)
    {
        var id = values["key"]!;
        return store.Keys.FirstOrDefault(key => key.Id == id) is { } found
            ? Answer.JsonAsync(context, found, KeyJson.Write)
            : Answer.ErrorAsync(context, new ServingError(ErrorCode.NotFound, $"there is no key '{id}'; GET /v2/keys lists them"));
    }

    public async Task Create(HttpContext context, PathValues values)
    {
        if ((await bodies.ReadDocumentAsync(context, KeyJson.ReadSpec)).TryGetValue(out var spec, out var error))
        {
            context.Response.StatusCode = StatusCodes.Status201Created;
            await AnswerAsync(context, await store.CreateAsync(spec, Principal.ActorOf(context), context.RequestAborted));
        }
        else await Answer.ErrorAsync(context, error);
    }

    public async Task Rotate(HttpContext context, PathValues values)
    {
        var id = values["key"]!;
        if ((await bodies.ReadDocumentAsync(context, KeyJson.ReadOverlap)).TryGetValue(out var overlap, out var error))
            await AnswerAsync(context, await store.RotateAsync(id, overlap, Principal.ActorOf(context), context.RequestAborted));
        else await Answer.ErrorAsync(context, error);
    }

    public async Task Revoke(HttpContext context, PathValues values)
    {
        var revoked = await store.RevokeAsync(values["key"]!, Principal.ActorOf(context), context.RequestAborted);
        if (revoked.TryGetValue(out var key, out var error)) await Answer.JsonAsync(context, key, KeyJson.Write);
        else await Answer.ErrorAsync(context, error);
    }

    public async Task GetAudit(HttpContext context, PathValues values)
    {
        var text = context.Request.Query["after"].ToString();
        var after = 0L;
        if (text.Length > 0 && !long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out after))
            await Answer.ErrorAsync(context, ServingError.Invalid($"after is '{text}'; it must be an entry's sequence number"));
        else if ((await store.ReadAuditAsync(after, context.RequestAborted)).TryGetValue(out var entries, out var error))
            await Answer.JsonAsync(context, entries, AuditJson.Write);
        else await Answer.ErrorAsync(context, error);
    }

    private static Task AnswerAsync(HttpContext context, Outcome<IssuedKey> outcome)
    {
        if (!outcome.TryGetValue(out var issued, out var error)) return Answer.ErrorAsync(context, error);
        context.Response.Headers.CacheControl = "no-store";
        return Answer.JsonAsync(context, issued, KeyJson.Write);
    }
}
