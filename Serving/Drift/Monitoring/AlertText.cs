using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Serving.Drift.Monitoring;

/// <summary>What an alert is called, and what it says.</summary>
internal static class AlertText
{
    /// <summary>A function of what the alert is about and when it was raised, so every node and every replay names it alike.</summary>
    public static string Id(string model, string version, string baseline, string feature, AlertKind kind, DateTimeOffset raisedAt)
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"{model}\n{version}\n{baseline}\n{feature}\n{kind}\n{raisedAt.UtcTicks}");
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 8));
    }

    /// <param name="slowly">By the evidence since the baseline was set, not by a look.</param>
    /// <param name="effect">The effect that goes with it.</param>
    public static string Raised(string feature, AlertKind kind, double p, double level, bool slowly, double logE, double effect)
    {
        var what = kind switch
        {
            AlertKind.Drift => "its distribution differs from the baseline's",
            AlertKind.Missing => "more values are missing than in the baseline",
            AlertKind.NotANumber => "more values are not a number than in the baseline",
            AlertKind.Infinite => "more values are infinite than in the baseline",
            AlertKind.OutOfRange => "more values lie outside the baseline's range than a new sample of it would have",
            AlertKind.Unseen => "more values are categories that the baseline does not name",
            _ => "all values are the same, and the baseline's are not",
        };
        var evidence = slowly
            ? string.Create(CultureInfo.InvariantCulture, $"e-value {Math.Exp(Math.Min(logE, 690)):g2} since the baseline was set")
            : string.Create(CultureInfo.InvariantCulture, $"p {p:g2} below {level:g2}");
        return string.Create(CultureInfo.InvariantCulture, $"'{feature}': {what} ({evidence}, effect {effect:g2})");
    }

    public static string Cleared(string feature) => $"'{feature}': back to what the baseline says";
}
