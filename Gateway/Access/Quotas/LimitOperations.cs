using Gateway.Http;
using Microsoft.AspNetCore.Http;
using Serving;
using Serving.Access;
using Serving.Access.Quotas;

namespace Gateway.Access.Quotas;

/// <summary>Administration of limits: of a key's, and of a model's. Each change holds from the next request on.</summary>
internal sealed class LimitOperations(IAccessStore store, BodyReader bodies)
{
    public async Task PutKey(HttpContext context, PathValues values)
    {
        if ((await bodies.ReadDocumentAsync(context, QuotaJson.Read)).TryGetValue(out var limits, out var error))
            await ChangeKeyAsync(context, values, limits);
        else await Answer.ErrorAsync(context, error);
    }

    public Task DeleteKey(HttpContext context, PathValues values) => ChangeKeyAsync(context, values, null);

    public Task GetModel(HttpContext context, PathValues values)
    {
        var model = values.Model;
        return store.ModelLimits.FirstOrDefault(row => row.Model == model) is { } found
            ? Answer.JsonAsync(context, found.Limits, QuotaJson.Write)
            : Answer.ErrorAsync(context, new ServingError(ErrorCode.NotFound, $"model '{model}' has no limits; PUT some here"));
    }

    public async Task PutModel(HttpContext context, PathValues values)
    {
        if ((await bodies.ReadDocumentAsync(context, QuotaJson.Read)).TryGetValue(out var limits, out var error))
            await ChangeModelAsync(context, values, limits);
        else await Answer.ErrorAsync(context, error);
    }

    public Task DeleteModel(HttpContext context, PathValues values) => ChangeModelAsync(context, values, null);

    private async Task ChangeKeyAsync(HttpContext context, PathValues values, QuotaLimits? limits)
    {
        var limited = await store.LimitKeyAsync(values["key"]!, limits, Principal.ActorOf(context), context.RequestAborted);
        if (limited.TryGetValue(out var key, out var error)) await Answer.JsonAsync(context, key, KeyJson.Write);
        else await Answer.ErrorAsync(context, error);
    }

    private async Task ChangeModelAsync(HttpContext context, PathValues values, QuotaLimits? limits)
    {
        var changed = await store.LimitModelAsync(values.Model, limits, Principal.ActorOf(context), context.RequestAborted);
        if (changed.Error is { } error) await Answer.ErrorAsync(context, error);
        else if (limits is null) await Answer.EmptyAsync(context);
        else await Answer.JsonAsync(context, limits, QuotaJson.Write);
    }
}
