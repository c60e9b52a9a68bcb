using Gateway.Grpc.Messages;
using Gateway.Grpc.Transport;
using Gateway.Logs;
using Gateway.Settings;
using Gateway.Tracing;
using Serving;
using Serving.Models;
using LogValue = Gateway.Grpc.Messages.LogSettingsRequest.Types.SettingValue;
using LogAnswer = Gateway.Grpc.Messages.LogSettingsResponse.Types.SettingValue;
using TraceAnswer = Gateway.Grpc.Messages.TraceSettingResponse.Types.SettingValue;

namespace Gateway.Grpc.Services;

/// <summary>The logging and trace extensions. A request without settings only reads them.</summary>
internal sealed class SettingsCalls(ServerSettings settings, IModelCatalog models)
{
    public ValueTask<Outcome<LogSettingsResponse>> ChangeLog(LogSettingsRequest request, GrpcCall call)
    {
        var changes = request.Settings.ToDictionary(setting => setting.Key, setting => ValueOf(setting.Value));
        return new(settings.Logs.Change(changes).TryGetValue(out var state, out var error) ? Answer(state) : error);
    }

    public ValueTask<Outcome<TraceSettingResponse>> ChangeTrace(TraceSettingRequest request, GrpcCall call)
    {
        var model = request.ModelName.Length == 0 ? null : request.ModelName;
        if (SettingsOperations.UnknownModel(models, model) is { } unknown) return new(unknown);

        // A setting without a value is taken back.
        var changes = request.Settings.ToDictionary(
            setting => setting.Key, setting => setting.Value.Value.Count == 0 ? null : (IReadOnlyList<string>)setting.Value.Value);
        return new(settings.Traces.Change(model, changes).TryGetValue(out var view, out var error) ? Answer(view) : error);
    }

    private static object? ValueOf(LogValue value) => value.ParameterChoiceCase switch
    {
        LogValue.ParameterChoiceOneofCase.BoolParam => value.BoolParam,
        LogValue.ParameterChoiceOneofCase.Uint32Param => (long)value.Uint32Param,
        LogValue.ParameterChoiceOneofCase.StringParam => value.StringParam,
        _ => null,
    };

    private static LogSettingsResponse Answer(LogState state) => new()
    {
        Settings =
        {
            ["log_file"] = new LogAnswer { StringParam = "" },
            ["log_info"] = new LogAnswer { BoolParam = state.Info },
            ["log_warning"] = new LogAnswer { BoolParam = state.Warning },
            ["log_error"] = new LogAnswer { BoolParam = state.Error },
            ["log_verbose_level"] = new LogAnswer { Uint32Param = state.Verbose },
            ["log_format"] = new LogAnswer { StringParam = state.Format },
        },
    };

    private static TraceSettingResponse Answer(TraceView view) => new()
    {
        Settings =
        {
            ["trace_file"] = new TraceAnswer { Value = { view.File } },
            ["trace_level"] = new TraceAnswer { Value = { view.Level } },
            ["trace_rate"] = new TraceAnswer { Value = { view.Rate } },
            ["trace_count"] = new TraceAnswer { Value = { view.Count } },
            ["log_frequency"] = new TraceAnswer { Value = { TraceView.Frequency } },
        },
    };
}
