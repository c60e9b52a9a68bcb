using Gateway.Logs;
using Gateway.Tests.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Gateway.Tests.Logs;

public sealed class LogSettingsTests
{
    [Fact]
    public void Change_Verbose_LetsDebugLinesOfOursThrough()
    {
        var settings = new LogSettings(forPrograms: false);
        using var factory = Create(settings);
        var (ours, framework) = (factory.CreateLogger("Serving.X"), factory.CreateLogger("Microsoft.X"));
        Assert.Equal((false, true, false), (ours.IsEnabled(LogLevel.Debug), ours.IsEnabled(LogLevel.Information), framework.IsEnabled(LogLevel.Information)));

        Change(settings, ("log_verbose_level", 1L));
        Assert.Equal((true, false, false), (ours.IsEnabled(LogLevel.Debug), ours.IsEnabled(LogLevel.Trace), framework.IsEnabled(LogLevel.Debug)));

        Change(settings, ("log_verbose_level", 2L));
        Assert.True(ours.IsEnabled(LogLevel.Trace));

        Change(settings, ("log_verbose_level", 0L));
        Assert.False(ours.IsEnabled(LogLevel.Debug));
    }

    [Fact]
    public void Change_Words_SilencesEachAlone()
    {
        var settings = new LogSettings(forPrograms: false);
        using var factory = Create(settings);
        var (ours, framework) = (factory.CreateLogger("Serving.X"), factory.CreateLogger("Microsoft.X"));

        Change(settings, ("log_warning", false));

        Assert.Equal(
            (true, false, true, false),
            (ours.IsEnabled(LogLevel.Information), ours.IsEnabled(LogLevel.Warning), ours.IsEnabled(LogLevel.Error), framework.IsEnabled(LogLevel.Warning)));
    }

    [Fact]
    public void Current_ConfiguredLevel_StartsFromIt()
    {
        var settings = new LogSettings(forPrograms: false);
        using var factory = Create(settings, LogLevel.Warning);

        Assert.Equal((false, true, 0u), (settings.Current.Info, settings.Current.Warning, settings.Current.Verbose));
        Assert.False(factory.CreateLogger("Serving.X").IsEnabled(LogLevel.Information));
    }

    [Fact]
    public void Rule_OfNone_StaysSilent()
    {
        var settings = new LogSettings(forPrograms: false);
        using var factory = Create(settings);
        Change(settings, ("log_verbose_level", 2L));

        Assert.False(factory.CreateLogger("Silent.X").IsEnabled(LogLevel.Critical));
    }

    [Fact]
    public void Change_OneFault_ChangesNothing()
    {
        var settings = new LogSettings(forPrograms: false);

        var outcome = settings.Change(new Dictionary<string, object?> { ["log_info"] = false, ["log_format"] = "short", ["log_verbose_level"] = "1" });

        Assert.Equal(
            "log_format must be default or ISO8601; log_verbose_level must be a whole number, 0 or more", outcome.Error?.Message);
        Assert.True(settings.Current.Info);
    }

    [Fact]
    public void Change_FormatWhereLogIsForPrograms_IsRefused() => Assert.Equal(
        "log_format may only be ISO8601 where the log is JSON lines",
        new LogSettings(forPrograms: true).Change(new Dictionary<string, object?> { ["log_format"] = "default" }).Error?.Message);

    [Fact]
    public void Change_Format_IsSeenByTheConsole()
    {
        var settings = new LogSettings(forPrograms: false);
        var times = new LogTimes(settings);
        var token = times.GetChangeToken();

        Change(settings, ("log_format", "ISO8601"));

        var options = new Microsoft.Extensions.Logging.Console.SimpleConsoleFormatterOptions();
        times.PostConfigure(null, options);
        Assert.Equal((true, false, true), (token.HasChanged, times.GetChangeToken().HasChanged, options.UseUtcTimestamp));
        Assert.StartsWith("yyyy-MM-ddTHH", options.TimestampFormat, StringComparison.Ordinal);
    }

    private static void Change(LogSettings settings, (string Name, object Value) change) =>
        Assert.Null(settings.Change(new Dictionary<string, object?> { [change.Name] = change.Value }).Error);

    private static ILoggerFactory Create(LogSettings settings, LogLevel least = LogLevel.Information) => LoggerFactory.Create(logging =>
    {
        logging.SetMinimumLevel(least);
        logging.AddFilter("Microsoft", LogLevel.Warning);
        logging.AddFilter("Silent", LogLevel.None);
        logging.AddProvider(new EverythingLog());
        logging.Services.AddSingleton<IPostConfigureOptions<LoggerFilterOptions>>(new LogFilter(settings));
    });

    private sealed class EverythingLog : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
        }

        public void Dispose()
        {
        }
    }
}
