using Gateway.Logs;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;

namespace Gateway.Hosting;

/// <summary>
/// Log lines on the console, for people or (<c>--log-format json</c>) for programs; levels by the section <c>Logging</c>.
/// </summary>
internal static class LoggingSetup
{
    public static bool IsForPrograms(IConfiguration configuration) =>
        configuration[$"{SettingTable.Section}:LogFormat"] == "json";

    public static void AddLog(this WebApplicationBuilder builder)
    {
        var logging = builder.Logging;
        logging.AddConfiguration(builder.Configuration.GetSection("Logging"));

        // The frameworks' own lines would drown ours; a rule in configuration is more specific and wins.
        logging.AddFilter("Microsoft", LogLevel.Warning);
        logging.AddFilter("System", LogLevel.Warning);

        // Merely being loggable makes the host begin an activity and a scope for every request: half of what a small one
        // allocates. It has nothing to say that the gateway does not: every exception is caught and logged there.
        logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);

        var settings = new LogSettings(IsForPrograms(builder.Configuration));
        builder.Services.AddSingleton(settings);
        builder.Services.AddSingleton<IPostConfigureOptions<LoggerFilterOptions>>(new LogFilter(settings));
        if (IsForPrograms(builder.Configuration))
        {
            logging.AddJsonConsole(json =>
            {
                json.UseUtcTimestamp = true;
                json.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ";
            });
        }
        else
        {
            logging.AddSimpleConsole(text =>
            {
                text.SingleLine = true;
                text.ColorBehavior = LoggerColorBehavior.Default;
            });
            var times = new LogTimes(settings);
            builder.Services.AddSingleton<IPostConfigureOptions<SimpleConsoleFormatterOptions>>(times);
            builder.Services.AddSingleton<IOptionsChangeTokenSource<SimpleConsoleFormatterOptions>>(times);
        }
    }
}
