using System.Text;

namespace Gateway.Hosting;

/// <summary>What <c>--help</c> prints: the table of settings, for people.</summary>
public static class HelpText
{
    public static string Render(string program, params IReadOnlyList<Setting> extra)
    {
        IReadOnlyList<Setting> settings = [.. SettingTable.All, .. extra];
        var text = new StringBuilder();
        text.Append("Serves ONNX models over the Open Inference Protocol.\n\nUsage: ").Append(program).Append(" [flags]\n");
        text.Append("       ").Append(program).Append(" keys create|list|rotate|revoke|limit|limit-model    who may come in, and how much\n\n");
        foreach (var setting in settings)
        {
            if (setting.Flag is null) continue;
            text.Append("  ").Append(setting.IsSwitch ? $"{setting.Flag}\n" : $"{setting.Flag} {setting.Value}\n").Append("      ").Append(setting.Meaning);
            text.Append(setting.Default is null ? "\n" : $" (default: {setting.Default})\n");
        }

        text.Append("  --help\n      prints this\n\n");
        text.Append("Each may also be set by configuration (Serving:HttpPort in appsettings.json)\n");
        text.Append("or environment (Serving__HttpPort).\n");
        text.Append("Set by configuration or environment only:\n\n");
        foreach (var setting in settings)
        {
            if (setting.Flag is not null) continue;
            text.Append("  ").Append(setting.ConfigurationKey).Append(" = ").Append(setting.Value);
            text.Append("\n      ").Append(setting.Meaning);
            text.Append(setting.Default is null ? "\n" : $" (default: {setting.Default})\n");
        }

        return text.ToString();
    }
}
