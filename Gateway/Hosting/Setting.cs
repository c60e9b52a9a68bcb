namespace Gateway.Hosting;

/// <summary>
/// One configurable value: the row from which parsing, checking, <c>--help</c> and the configuration key all follow.
/// </summary>
/// <param name="Key">The name under <see cref="SettingTable.Section"/>, such as <c>HttpPort</c>.</param>
/// <param name="Value">What stands for the value in the help, such as <c>N</c> or <c>text|json</c>.</param>
/// <param name="Meaning">One line for the help.</param>
public sealed record Setting(string Key, string Value, string Meaning)
{
    /// <summary>The flag with its dashes, or null for a value that only configuration sets.</summary>
    public string? Flag { get; init; }

    /// <summary>What holds when nobody sets it, in the words of the help.</summary>
    public string? Default { get; init; }

    /// <summary>May be given more than once; configuration holds it as a list.</summary>
    public bool Repeatable { get; init; }

    /// <summary>The flag alone means <c>true</c>, and takes no word after it for its value.</summary>
    public bool IsSwitch { get; init; }

    /// <summary>Null for a good value, else what a good one looks like, such as <c>"a port from 0 to 65535"</c>.</summary>
    public required Func<string, string?> Check { get; init; }

    /// <summary>The full configuration key, such as <c>Serving:HttpPort</c>.</summary>
    public string ConfigurationKey => $"{SettingTable.Section}:{Key}";
}
