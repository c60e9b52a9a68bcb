using Gateway.Hosting;
using Microsoft.Extensions.Configuration;

namespace Gateway.Tests.Hosting;

public sealed class ServingConfigurationTests
{
    [Fact]
    public void Load_FlagOverSetting_FlagWins()
    {
        var configuration = Load(["--http-port=7"], ("HttpPort", "5"), ("GrpcPort", "6"));

        var options = GatewayOptions.Read(configuration);
        Assert.Equal((7, 6, "127.0.0.1"), (options.HttpPort, options.GrpcPort, options.HttpAddress));
    }

    [Fact]
    public void Read_EveryOption_TakesWhatIsSet()
    {
        var usual = new GatewayOptions();
        foreach (var option in typeof(GatewayOptions).GetProperties().Where(p => p.SetMethod is not null))
        {
            var other = option.GetValue(usual) switch
            {
                bool set => $"{!set}",
                int or long or double => "7",
                _ => "other",
            };
            var configuration = new ConfigurationBuilder().AddInMemoryCollection([new($"{SettingTable.Section}:{option.Name}", other)]).Build();
            var read = option.GetValue(GatewayOptions.Read(configuration));
            Assert.Equal(other, read is IReadOnlyList<string> list ? list.Single() : $"{read}");
        }
    }

    [Fact]
    public void Load_RepeatedFlag_ReplacesTheWholeList()
    {
        var configuration = Load(
            ["--model-control-mode", "explicit", "--load-model", "only"], ("LoadModels:0", "a"), ("LoadModels:1", "b"));

        Assert.Equal(["only"], ServingConfiguration.List(configuration, "LoadModels"));
    }

    [Fact]
    public void List_OneValueWithoutIndex_IsAList()
    {
        var configuration = Load([], ("ModelControlMode", "explicit"), ("LoadModels", "one"));

        Assert.Equal(["one"], ServingConfiguration.List(configuration, "LoadModels"));
    }

    [Fact]
    public void Load_ManyFaults_TellsAllAtOnce()
    {
        var faults = Assert.Throws<StartupFaultException>(() => Load(
            ["--grpc-port", "70000", "--nope", "--model-repository", "/does/not/exist"],
            ("HttpPort", "many"), ("ModelControlMode", "sometimes"), ("MaxRequestBytez", "1"), ("HttpAddress", "nowhere"))).Faults;

        Assert.Equal(
        [
            "unknown flag '--nope'",
            "unknown setting 'Serving:MaxRequestBytez'; did you mean 'MaxRequestBytes'?",
            "--model-repository: '/does/not/exist' is not a directory that exists",
            "Serving:ModelControlMode: 'sometimes' is not one of none, poll, explicit",
            "Serving:HttpAddress: 'nowhere' is not an IP address of this machine, such as 127.0.0.1, or 0.0.0.0 for all",
            "Serving:HttpPort: 'many' is not a port from 0 to 65535 (0 picks a free one)",
            "--grpc-port: '70000' is not a port from 0 to 65535 (0 picks a free one)",
        ], faults);
    }

    [Theory]
    [InlineData("--http-port 9 --grpc-port 9", "--http-port and --grpc-port are both 9; give each its own")]
    [InlineData("--load-model a", "--load-model has no effect with --model-control-mode poll; it needs explicit")]
    [InlineData("--model-control-mode none --repository-poll-secs 3", "--repository-poll-secs has no effect with --model-control-mode none; it needs poll")]
    public void Load_SettingsThatContradict_AreRefused(string arguments, string fault) =>
        Assert.Equal([fault], Assert.Throws<StartupFaultException>(() => Load(arguments.Split(' '))).Faults);

    [Fact]
    public void Options_Defaults_AreThoseOfTheHelp()
    {
        var defaults = new GatewayOptions();
        foreach (var property in typeof(GatewayOptions).GetProperties().Where(property => property.CanWrite))
        {
            var setting = SettingTable.ByKey(property.Name);
            Assert.NotNull(setting);
            if (!setting.Repeatable) Assert.Equal(setting.Default ?? "", $"{property.GetValue(defaults)}", ignoreCase: true);
        }
    }

    [Fact]
    public void Checks_Defaults_AreGood()
    {
        foreach (var setting in SettingTable.All)
        {
            if (setting.Default is { } value && !value.Contains(' ')) Assert.Null(setting.Check(value));
        }
    }

    private static ConfigurationManager Load(string[] arguments, params (string Key, string Value)[] settings)
    {
        var configuration = new ConfigurationManager();
        ServingConfiguration.Load(
            configuration, CommandLine.Parse(arguments), settings.Select(s => KeyValuePair.Create($"Serving:{s.Key}", (string?)s.Value)));
        return configuration;
    }
}
