using System.Globalization;
using System.Net;

namespace Gateway.Hosting;

/// <summary>What a value must look like. Each check answers null, or what was expected.</summary>
public static class SettingChecks
{
    public static string? Any(string value) => value.Length > 0 ? null : "a value that is not empty";

    public static string? Port(string value) =>
        ushort.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out _)
            ? null
            : "a port from 0 to 65535 (0 picks a free one)";

    public static string? Address(string value) =>
        value == "localhost" || IPAddress.TryParse(value, out _)
            ? null
            : "an IP address of this machine, such as 127.0.0.1, or 0.0.0.0 for all";

    public static string? ExistingDirectory(string value) => Directory.Exists(value) ? null : "a directory that exists";

    public static string? ExistingFile(string value) => File.Exists(value) ? null : "a file that exists";

    public static string? HttpUrl(string value) =>
        Uri.TryCreate(value, UriKind.Absolute, out var url) && (url.Scheme == "http" || url.Scheme == "https") ? null : "a URL, such as http://127.0.0.1:4317";

    public static string? Share(string value) =>
        double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var share) && share is >= 0 and <= 1
            ? null
            : "a number from 0 to 1";

    public static string? Origin(string value) =>
        value == "*" || Uri.TryCreate(value, UriKind.Absolute, out var origin) && origin.GetLeftPart(UriPartial.Authority) == value
            ? null
            : "an origin such as https://app.example.com, without a path and in small letters, or *";

    public static Func<string, string?> Whole(long least, long most) => value =>
        long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? null
            : $"a whole number from {least} to {most}";

    public static Func<string, string?> OneOf(params string[] words) => value =>
        Array.IndexOf(words, value) >= 0 ? null : $"one of {string.Join(", ", words)}";
}
