using System.Text.Json;
using Gateway.Http;
using Gateway.Logs;
using Gateway.Tracing;
using Microsoft.AspNetCore.Http;
using Serving;
using Serving.Models;

namespace Gateway.Settings;

/// <summary>The logging and trace extensions over HTTP: settings read and changed while the server runs.</summary>
internal sealed class SettingsOperations(ServerSettings settings, IModelCatalog models, BodyReader bodies)
{
    public Task GetLog(HttpContext context, PathValues values) => Answer.JsonAsync(context, settings.Logs.Current, WriteLog);

    public async Task ChangeLog(HttpContext context, PathValues values)
    {
        if ((await bodies.ReadAsync(context, SettingsBody.ReadValues)).TryGetValue(out var changes, out var error)
            && settings.Logs.Change(changes).TryGetValue(out var state, out error))
            await Answer.JsonAsync(context, state, WriteLog);
        else await Answer.ErrorAsync(context, error);
    }

    public Task GetTrace(HttpContext context, PathValues values)
    {
        var model = values["model"];
        return UnknownModel(models, model) is { } error
            ? Answer.ErrorAsync(context, error)
            : Answer.JsonAsync(context, settings.Traces.Get(model), WriteTrace);
    }

    public async Task ChangeTrace(HttpContext context, PathValues values)
    {
        var model = values["model"];
        if ((await bodies.ReadAsync(context, SettingsBody.ReadLists)).TryGetValue(out var changes, out var error)
            && (error = UnknownModel(models, model)) is null
            && settings.Traces.Change(model, changes).TryGetValue(out var view, out error))
            await Answer.JsonAsync(context, view, WriteTrace);
        else await Answer.ErrorAsync(context, error);
    }

    /// <summary>Why there are no settings of that model; null when there are, ready or not.</summary>
    internal static ServingError? UnknownModel(IModelCatalog models, string? model) =>
        model is null || models.IsReady(model, null).Error is not { Code: ErrorCode.ModelNotFound } error ? null : error;

    internal static void WriteLog(Utf8JsonWriter json, LogState state)
    {
        json.WriteStartObject();
        json.WriteString("log_file", "");
        json.WriteBoolean("log_info", state.Info);
        json.WriteBoolean("log_warning", state.Warning);
        json.WriteBoolean("log_error", state.Error);
        json.WriteNumber("log_verbose_level", state.Verbose);
        json.WriteString("log_format", state.Format);
        json.WriteEndObject();
    }

    internal static void WriteTrace(Utf8JsonWriter json, TraceView view)
    {
        json.WriteStartObject();
        json.WriteString("trace_file", view.File);
        json.WriteStartArray("trace_level");
        json.WriteStringValue(view.Level);
        json.WriteEndArray();
        json.WriteString("trace_rate", view.Rate);
        json.WriteString("trace_count", view.Count);
        json.WriteString("log_frequency", TraceView.Frequency);
        json.WriteEndObject();
    }
}
