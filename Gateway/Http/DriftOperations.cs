using System.Buffers;
using Gateway.Pages;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using Serving;
using Serving.Drift;

namespace Gateway.Http;

/// <summary>Baselines of versions, and how traffic differs from them.</summary>
internal sealed class DriftOperations(IDriftControl drift, BodyReader bodies)
{
    private const string Csv = "text/csv";
    private const string TimeOrdered = "time_ordered";
    private const string Html = "text/html";

    public async Task Get(HttpContext context, PathValues values)
    {
        var page = AsksForPage(context);
        if (!(await drift.GetDriftAsync(values.Model, values.Version!, context.RequestAborted)).TryGetValue(out var report, out var error))
        {
            await Answer.ErrorAsync(context, error);
            return;
        }

        if (!page)
        {
            await Answer.JsonAsync(context, report, DriftJson.Write);
            return;
        }

        var events = await drift.GetEventsAsync(report.Model, report.Version, context.RequestAborted);
        context.Response.Headers.Append("Vary", "Accept");
        PageHeaders.Set(context.Response, "style-src 'unsafe-inline'");
        await Answer.BytesAsync(context, DriftPage.Write(report, events.TryGetValue(out var list, out _) ? list : []), "text/html; charset=utf-8");
    }

    public async Task GetAll(HttpContext context, PathValues values)
    {
        if ((await drift.ListAsync(context.RequestAborted)).TryGetValue(out var reports, out var error)) await Answer.JsonAsync(context, reports, DriftJson.Write);
        else await Answer.ErrorAsync(context, error);
    }

    public async Task GetEvents(HttpContext context, PathValues values)
    {
        if ((await drift.GetEventsAsync(values.Model, values.Version!, context.RequestAborted)).TryGetValue(out var events, out var error))
            await Answer.JsonAsync(context, events, DriftJson.Write);
        else await Answer.ErrorAsync(context, error);
    }

    public async Task GetBaseline(HttpContext context, PathValues values)
    {
        if ((await drift.GetBaselineAsync(values.Model, values.Version!, context.RequestAborted)).TryGetValue(out var baseline, out var error))
            await Answer.BytesAsync(context, baseline, Answer.Json);
        else await Answer.ErrorAsync(context, error);
    }

    public async Task PutBaseline(HttpContext context, PathValues values)
    {
        var (model, version) = (values.Model, values.Version!);
        if ((await PutAsync(context, model, version)).TryGetValue(out var status, out var error)) await Answer.JsonAsync(context, status, DriftJson.Write);
        else await Answer.ErrorAsync(context, error);
    }

    public async Task DeleteBaseline(HttpContext context, PathValues values)
    {
        if ((await drift.DeleteBaselineAsync(values.Model, values.Version!, context.RequestAborted)).Error is { } error) await Answer.ErrorAsync(context, error);
        else await Answer.EmptyAsync(context);
    }

    private static Outcome<BaselineFormat> FormatOf(string? type)
    {
        if (!MediaTypeHeaderValue.TryParse(type, out var parsed) || !parsed.MediaType.Equals(Csv, StringComparison.OrdinalIgnoreCase))
        {
            return MediaTypes.RefusalOf(type) is null
                ? BaselineFormat.Json
                : new ServingError(ErrorCode.UnsupportedMedia, $"Content-Type '{type}' is not understood; send a baseline as application/json or text/csv");
        }

        var ordered = parsed.Parameters.FirstOrDefault(parameter => parameter.Name.Equals(TimeOrdered, StringComparison.OrdinalIgnoreCase));
        return ordered?.Value.Value switch
        {
            null or "false" => BaselineFormat.Csv,
            "true" => BaselineFormat.CsvInTimeOrder,
            var other => ServingError.Invalid($"{TimeOrdered} of Content-Type must be true or false, not '{other}'"),
        };
    }

    private static bool AsksForPage(HttpContext context)
    {
        foreach (var accept in context.Request.Headers.Accept)
            if (accept is not null && accept.Contains(Html, StringComparison.OrdinalIgnoreCase)) return true;
        return false;
    }

    private async ValueTask<Outcome<BaselineStatus>> PutAsync(HttpContext context, string model, string version)
    {
        if (!FormatOf(context.Request.ContentType).TryGetValue(out var format, out var error)) return error;
        if (!(await bodies.ReadAsync(context)).TryGetValue(out var body, out error)) return error;
        try
        {
            var bytes = body.Bytes.IsSingleSegment ? body.Bytes.First : body.Bytes.ToArray();
            return await drift.PutBaselineAsync(model, version, bytes, format, context.RequestAborted);
        }
        finally
        {
            body.Release();
        }
    }
}
