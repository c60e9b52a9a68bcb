using Gateway.Settings;
using Microsoft.Extensions.Logging;
using Serving;

namespace Gateway.Logs;

/// <summary>
/// The log's settings as they stand, and their changes at run time. They start as configuration has them, are this process's
/// alone and end with it.
/// </summary>
/// <param name="forPrograms">The log is JSON lines, whose times have one format.</param>
internal sealed class LogSettings(bool forPrograms)
{
    private readonly Lock changing = new();
    private volatile LogState current = new(Info: true, Warning: true, Error: true, Verbose: 0, Iso8601: forPrograms);
    private bool started;

    /// <summary>After the format of times has changed.</summary>
    public event Action? FormatChanged;

    public LogState Current => current;

    /// <summary>Takes over the level that configuration gives to categories without a rule of their own. Only the first counts.</summary>
    public void StartFrom(LogLevel least)
    {
        lock (changing)
        {
            if (started) return;
            started = true;
            current = current with
            {
                Info = least <= LogLevel.Information,
                Warning = least <= LogLevel.Warning,
                Error = least <= LogLevel.Critical,
                Verbose = least switch { LogLevel.Trace => 2, LogLevel.Debug => 1, _ => 0 },
            };
        }
    }

    /// <summary>Changes what is named and leaves the rest; with a fault anywhere nothing changes.</summary>
    /// <param name="changes">A setting's name to a <see cref="bool"/>, a <see cref="long"/>, text, or null for none of these.</param>
    public Outcome<LogState> Change(IReadOnlyDictionary<string, object?> changes)
    {
        var faults = new List<string>();
        LogState next;
        bool formatChanged;
        lock (changing)
        {
            next = current;
            foreach (var (name, value) in changes) next = With(next, name, value, faults);
            if (faults.Count > 0) return ServingError.Invalid(string.Join("; ", faults));
            formatChanged = next.Iso8601 != current.Iso8601;
            current = next;
        }

        if (formatChanged) FormatChanged?.Invoke();
        return next;
    }

    private LogState With(LogState state, string name, object? value, List<string> faults)
    {
        switch (name, value)
        {
            case ("log_info", bool on): return state with { Info = on };
            case ("log_warning", bool on): return state with { Warning = on };
            case ("log_error", bool on): return state with { Error = on };
            case ("log_verbose_level", long level and >= 0 and <= uint.MaxValue): return state with { Verbose = (uint)level };
            case ("log_format", "ISO8601"): return state with { Iso8601 = true };
            case ("log_format", "default") when !forPrograms: return state with { Iso8601 = false };
            case ("log_file", ""): return state;
        }

        faults.Add(name switch
        {
            "log_info" or "log_warning" or "log_error" => $"{name} must be true or false",
            "log_verbose_level" => "log_verbose_level must be a whole number, 0 or more",
            "log_format" when forPrograms => "log_format may only be ISO8601 where the log is JSON lines",
            "log_format" => "log_format must be default or ISO8601",
            "log_file" => "log_file cannot be changed: the log goes to the console",
            _ => $"'{SettingsBody.Echo(name)}' is no setting of the log; there are log_info, log_warning, log_error, log_verbose_level and log_format",
        });
        return state;
    }
}
