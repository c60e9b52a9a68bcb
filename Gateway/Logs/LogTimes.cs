using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace Gateway.Logs;

/// <summary>How times look on the console, as the settings have it.</summary>
internal sealed class LogTimes : IPostConfigureOptions<SimpleConsoleFormatterOptions>, IOptionsChangeTokenSource<SimpleConsoleFormatterOptions>
{
    private readonly LogSettings settings;
    private CancellationTokenSource changed = new();

    public LogTimes(LogSettings settings)
    {
        this.settings = settings;
        settings.FormatChanged += () => Interlocked.Exchange(ref changed, new CancellationTokenSource()).Cancel();
    }

    public string? Name => Options.DefaultName;

    public IChangeToken GetChangeToken() => new CancellationChangeToken(Volatile.Read(ref changed).Token);

    public void PostConfigure(string? name, SimpleConsoleFormatterOptions options)
    {
        var iso = settings.Current.Iso8601;
        options.TimestampFormat = iso ? "yyyy-MM-ddTHH:mm:ssZ " : "HH:mm:ss ";
        options.UseUtcTimestamp = iso;
    }
}
