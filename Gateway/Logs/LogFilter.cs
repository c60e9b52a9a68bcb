using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Gateway.Logs;

/// <summary>
/// Puts the <see cref="LogSettings"/> into the log's filters: categories without a rule of their own follow them, those with one keep
/// its level, and are silenced with the rest.
/// </summary>
internal sealed class LogFilter(LogSettings settings) : IPostConfigureOptions<LoggerFilterOptions>
{
    public void PostConfigure(string? name, LoggerFilterOptions options)
    {
        var least = options.MinLevel;
        for (var i = options.Rules.Count - 1; i >= 0; i--)
        {
            var rule = options.Rules[i];
            if (rule.CategoryName is null && rule.ProviderName is null && rule.Filter is null)
            {
                least = rule.LogLevel ?? least;
                options.Rules.RemoveAt(i);
            }
            else if (rule.LogLevel != LogLevel.None)
            {
                options.Rules[i] = new LoggerFilterRule(rule.ProviderName, rule.CategoryName, null, Narrow(rule));
            }
        }

        settings.StartFrom(least);
        options.Rules.Insert(0, new LoggerFilterRule(null, null, null, (_, _, level) => settings.Current.Allows(level)));
    }

    private Func<string?, string?, LogLevel, bool> Narrow(LoggerFilterRule rule)
    {
        var (least, filter) = (rule.LogLevel ?? LogLevel.Trace, rule.Filter);
        return (provider, category, level) => level >= least && settings.Current.AllowsWords(level)
            && (filter is null || filter(provider, category, level));
    }
}
