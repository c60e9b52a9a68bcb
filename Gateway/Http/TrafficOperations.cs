using System.Globalization;
using Microsoft.AspNetCore.Http;
using Serving;
using Serving.Routing;
using Serving.Routing.Rollouts;
using Serving.Routing.Shadows;

namespace Gateway.Http;

/// <summary>The traffic document and the rollout of a model.</summary>
internal sealed class TrafficOperations(ITrafficControl traffic, BodyReader bodies)
{
    public async Task Get(HttpContext context, PathValues values) =>
        await AnswerAsync(context, await traffic.GetAsync(values.Model, context.RequestAborted));

    public async Task Put(HttpContext context, PathValues values)
    {
        var model = values.Model;
        if (!ReadMatch(context).TryGetValue(out var match, out var error)
            || !(await bodies.ReadDocumentAsync(context, TrafficJson.Read)).TryGetValue(out var document, out error))
        {
            await Answer.ErrorAsync(context, error);
            return;
        }

        await AnswerAsync(context, await traffic.PutAsync(model, document, match, context.RequestAborted));
    }

    public async Task Delete(HttpContext context, PathValues values)
    {
        var model = values.Model;
        if (!ReadMatch(context).TryGetValue(out var match, out var error)
            || !(await traffic.DeleteAsync(model, match, context.RequestAborted)).TryGetValue(out _, out error))
        {
            await Answer.ErrorAsync(context, error);
            return;
        }

        await Answer.EmptyAsync(context);
    }

    public async Task GetShadows(HttpContext context, PathValues values)
    {
        if ((await traffic.GetShadowsAsync(values.Model, context.RequestAborted)).TryGetValue(out var shadows, out var error))
            await Answer.JsonAsync(context, shadows, ShadowJson.Write);
        else await Answer.ErrorAsync(context, error);
    }

    public async Task StartRollout(HttpContext context, PathValues values)
    {
        var model = values.Model;
        if ((await bodies.ReadDocumentAsync(context, RolloutJson.Read)).TryGetValue(out var spec, out var error))
            await AnswerAsync(context, await traffic.StartRolloutAsync(model, spec, context.RequestAborted));
        else await Answer.ErrorAsync(context, error);
    }

    public async Task GetRollout(HttpContext context, PathValues values) =>
        await AnswerAsync(context, await traffic.GetRolloutAsync(values.Model, context.RequestAborted));

    public async Task RollBack(HttpContext context, PathValues values) =>
        await AnswerAsync(context, await traffic.RollBackAsync(values.Model, context.RequestAborted));

    private static Task AnswerAsync(HttpContext context, Outcome<TrafficDocument> outcome)
    {
        if (!outcome.TryGetValue(out var document, out var error)) return Answer.ErrorAsync(context, error);
        context.Response.Headers.ETag = $"\"{document.Epoch.ToString(CultureInfo.InvariantCulture)}\"";
        return Answer.JsonAsync(context, document, TrafficJson.Write);
    }

    private static Task AnswerAsync(HttpContext context, Outcome<RolloutStatus> outcome) =>
        outcome.TryGetValue(out var status, out var error)
            ? Answer.JsonAsync(context, status, RolloutJson.Write)
            : Answer.ErrorAsync(context, error);

    /// <summary>The epoch that <c>If-Match</c> names; null without the header, or for <c>*</c>.</summary>
    private static Outcome<long?> ReadMatch(HttpContext context)
    {
        var text = context.Request.Headers.IfMatch.ToString();
        if (text.Length == 0 || text == "*") return default(Outcome<long?>);
        return long.TryParse(text.Trim('"'), NumberStyles.None, CultureInfo.InvariantCulture, out var epoch)
            ? epoch
            : ServingError.Invalid($"If-Match is '{text}'; it must be the ETag of a traffic document, such as \"7\"");
    }
}
