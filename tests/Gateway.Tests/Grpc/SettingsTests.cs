using Gateway.Grpc.Messages;
using Gateway.Tests.Http;
using LogValue = Gateway.Grpc.Messages.LogSettingsRequest.Types.SettingValue;
using TraceValue = Gateway.Grpc.Messages.TraceSettingRequest.Types.SettingValue;

namespace Gateway.Tests.Grpc;

/// <summary>The logging and trace extensions: one set of settings behind both protocols.</summary>
public sealed class SettingsTests
{
    [Fact]
    public async Task LogSettings_Changed_AreSeenOverHttp()
    {
        await using var gateway = await RunningGateway.StartAsync();
        using var client = new GrpcClient(gateway.GrpcAddress);

        var answer = await client.AskAsync(
            "LogSettings",
            new LogSettingsRequest { Settings = { ["log_verbose_level"] = new LogValue { Uint32Param = 2 }, ["log_info"] = new LogValue { BoolParam = false } } },
            LogSettingsResponse.Parser);

        Assert.Equal((2u, false, "default"),
            (answer.Settings["log_verbose_level"].Uint32Param, answer.Settings["log_info"].BoolParam, answer.Settings["log_format"].StringParam));
        Assert.Equal(
            """{"log_file":"","log_info":false,"log_warning":true,"log_error":true,"log_verbose_level":2,"log_format":"default"}""",
            await gateway.Client.GetStringAsync("/v2/logging"));
    }

    [Fact]
    public async Task TraceSetting_Changed_AreSeenOverHttpAndTakenBack()
    {
        await using var gateway = await RunningGateway.StartAsync();
        using var client = new GrpcClient(gateway.GrpcAddress);
        var request = new TraceSettingRequest { ModelName = "double", Settings = { ["trace_rate"] = new TraceValue { Value = { "7" } } } };

        var answer = await client.AskAsync("TraceSetting", request, TraceSettingResponse.Parser);

        Assert.Equal("7", Assert.Single(answer.Settings["trace_rate"].Value));
        Assert.Contains("\"trace_rate\":\"7\"", await gateway.Client.GetStringAsync("/v2/models/double/trace/setting"), StringComparison.Ordinal);

        request.Settings["trace_rate"] = new TraceValue();
        answer = await client.AskAsync("TraceSetting", request, TraceSettingResponse.Parser);
        Assert.Equal("1000", Assert.Single(answer.Settings["trace_rate"].Value));
    }

    [Fact]
    public async Task Settings_Faulty_AreRefused()
    {
        await using var gateway = await RunningGateway.StartAsync();
        using var client = new GrpcClient(gateway.GrpcAddress);

        var log = await client.CallAsync("LogSettings", new LogSettingsRequest { Settings = { ["log_info"] = new LogValue { StringParam = "no" } } });
        var trace = await client.CallAsync("TraceSetting", new TraceSettingRequest { ModelName = "nope" });

        Assert.Equal((3, "log_info must be true or false"), (log.Status, log.Message));
        Assert.Equal(5, trace.Status);
    }
}
