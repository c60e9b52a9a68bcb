using Microsoft.AspNetCore.Http;
using Serving.Drift;

namespace Gateway.Http;

/// <summary>The truth that comes back, and how right models are by it.</summary>
internal sealed class QualityOperations(IQualityControl quality, BodyReader bodies)
{
    public async Task PostFeedback(HttpContext context, PathValues values)
    {
        var model = values.Model;
        if ((await bodies.ReadDocumentAsync(context, FeedbackJson.Read)).TryGetValue(out var truths, out var error)
            && (await quality.PostFeedbackAsync(model, truths, context.RequestAborted)).TryGetValue(out var receipt, out error))
            await Answer.JsonAsync(context, receipt, QualityJson.Write);
        else await Answer.ErrorAsync(context, error!);
    }

    public async Task Get(HttpContext context, PathValues values)
    {
        if ((await quality.GetQualityAsync(values.Model, values.Version!, context.RequestAborted)).TryGetValue(out var report, out var error))
            await Answer.JsonAsync(context, report, QualityJson.Write);
        else await Answer.ErrorAsync(context, error);
    }
}
