using Microsoft.Extensions.Configuration;

namespace Gateway.Hosting;

/// <summary>
/// Lays the command line over environment over <c>appsettings.json</c>, and checks what comes out by
/// <see cref="SettingTable"/>. Nothing is watched for changes: a watcher walks the whole content root at start, and these
/// values hold for the process.
/// </summary>
public static class ServingConfiguration
{
    /// <summary>
    /// Adds all sources, then throws <see cref="StartupFaultException"/> with every fault of flags and values.
    /// </summary>
    public static void Load(
        ConfigurationManager configuration, CommandLine commandLine, IEnumerable<KeyValuePair<string, string?>> settings)
    {
        configuration.AddJsonFile("appsettings.json", optional: true, reloadOnChange: false);
        configuration.AddEnvironmentVariables();
        configuration.AddInMemoryCollection(settings);
        configuration.AddInMemoryCollection(Flags(configuration, commandLine));

        var faults = new List<string>(commandLine.Faults);
        CheckKeys(configuration, commandLine.Settings, faults);
        foreach (var setting in commandLine.Settings) CheckValues(configuration, setting, commandLine, faults);
        if (faults.Count == 0) CheckTogether(configuration, faults);
        if (faults.Count > 0) throw new StartupFaultException(faults);
    }

    /// <summary>The values of a repeatable setting, in order; a single value may stand without an index.</summary>
    public static IReadOnlyList<string> List(IConfiguration configuration, string key)
    {
        var section = configuration.GetSection($"{SettingTable.Section}:{key}");
        if (!string.IsNullOrEmpty(section.Value)) return [section.Value];
        return [.. section.GetChildren().Select(child => child.Value).OfType<string>().Where(value => value.Length > 0)];
    }

    private static Dictionary<string, string?> Flags(IConfiguration below, CommandLine commandLine)
    {
        var entries = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        foreach (var (setting, values) in commandLine.Values)
        {
            if (!setting.Repeatable)
            {
                entries[setting.ConfigurationKey] = values[0];
                continue;
            }

            // A list given by flags stands for itself: blank out what lower sources put at other indexes.
            foreach (var child in below.GetSection(setting.ConfigurationKey).GetChildren()) entries[child.Path] = null;
            entries[setting.ConfigurationKey] = null;
            for (var i = 0; i < values.Count; i++) entries[$"{setting.ConfigurationKey}:{i}"] = values[i];
        }

        return entries;
    }

    private static void CheckKeys(IConfiguration configuration, IReadOnlyList<Setting> settings, List<string> faults)
    {
        foreach (var child in configuration.GetSection(SettingTable.Section).GetChildren())
        {
            if (settings.Any(s => string.Equals(s.Key, child.Key, StringComparison.OrdinalIgnoreCase))) continue;
            var near = NearestName.To(child.Key, settings.Select(setting => setting.Key));
            faults.Add(near is null
                ? $"unknown setting '{child.Path}'"
                : $"unknown setting '{child.Path}'; did you mean '{near}'?");
        }
    }

    private static void CheckValues(IConfiguration configuration, Setting setting, CommandLine commandLine, List<string> faults)
    {
        var name = commandLine.Values.ContainsKey(setting) ? setting.Flag! : setting.ConfigurationKey;
        IReadOnlyList<string> values = setting.Repeatable
            ? List(configuration, setting.Key)
            : configuration[setting.ConfigurationKey] is { } value ? [value] : [];
        foreach (var one in values)
        {
            if (setting.Check(one) is { } expected) faults.Add($"{name}: '{one}' is not {expected}");
        }
    }

    private static void CheckTogether(IConfiguration configuration, List<string> faults)
    {
        var options = GatewayOptions.Read(configuration);
        if (options.HttpPort == options.GrpcPort && options.HttpPort != 0)
            faults.Add($"--http-port and --grpc-port are both {options.HttpPort}; give each its own");

        if (options is { TritonMetricNames: true, Metrics: false })
            faults.Add("Serving:TritonMetricNames has no effect with Serving:Metrics false");

        if (options.OtlpEndpoint.Length == 0)
        {
            foreach (var key in new[] { "OtlpProtocol", "OtlpTraceRatio", "OtlpMetricsSecs" })
            {
                if (configuration[$"{SettingTable.Section}:{key}"] is not null)
                    faults.Add($"Serving:{key} has no effect without --otlp-endpoint");
            }
        }

        if (List(configuration, "Captures").Count > 0 != options.CaptureDir.Length > 0)
            faults.Add("--capture and --capture-dir have an effect only together");
        else if (options.CaptureDir.Length == 0)
        {
            foreach (var key in new[] { "CaptureFileBytes", "CaptureFiles" })
            {
                if (configuration[$"{SettingTable.Section}:{key}"] is not null) faults.Add($"Serving:{key} has no effect without --capture");
            }
        }

        if (options.TlsCertificate.Length > 0 != options.TlsKey.Length > 0)
            faults.Add("--tls-certificate and --tls-key go together; give both");
        if (options.TlsClientCa.Length > 0 && !options.UsesTls)
            faults.Add("--tls-client-ca has no effect without --tls-certificate");
        if (options.RequiresClientCertificates && options.TlsClientCa.Length == 0)
            faults.Add("--tls-client-certificates required needs --tls-client-ca");
        if (!options.UsesTls && configuration[$"{SettingTable.Section}:TlsHandshakeSecs"] is not null)
            faults.Add("Serving:TlsHandshakeSecs has no effect without --tls-certificate");

        var mode = configuration[$"{SettingTable.Section}:ModelControlMode"] ?? "poll";
        if (mode != "explicit" && List(configuration, "LoadModels").Count > 0)
            faults.Add($"--load-model has no effect with --model-control-mode {mode}; it needs explicit");
        if (mode != "poll" && configuration[$"{SettingTable.Section}:RepositoryPollSecs"] is not null)
            faults.Add($"--repository-poll-secs has no effect with --model-control-mode {mode}; it needs poll");
    }
}
