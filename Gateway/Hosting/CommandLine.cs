namespace Gateway.Hosting;

/// <summary>
/// The flags as given: <c>--flag value</c> or <c>--flag=value</c>, by <see cref="SettingTable"/>. Faults are collected, so that
/// a user who made three mistakes reads about three.
/// </summary>
public sealed class CommandLine
{
    private readonly List<string> faults = [];
    private readonly Dictionary<Setting, List<string>> values = [];

    private CommandLine(IReadOnlyList<Setting> settings) => Settings = settings;

    /// <summary>Every setting there is: what both editions have, and what the program adds.</summary>
    public IReadOnlyList<Setting> Settings { get; }

    public bool WantsHelp { get; private set; }

    /// <summary>One sentence each; empty when all is well.</summary>
    public IReadOnlyList<string> Faults => faults;

    /// <summary>What was given, in the order given. Values are as typed, not checked.</summary>
    public IReadOnlyDictionary<Setting, List<string>> Values => values;

    /// <param name="arguments">As the process got them.</param>
    /// <param name="extra">Settings of this program alone.</param>
    public static CommandLine Parse(IReadOnlyList<string> arguments, params IReadOnlyList<Setting> extra)
    {
        var line = new CommandLine([.. SettingTable.All, .. extra]);
        for (var i = 0; i < arguments.Count; i++)
        {
            var argument = arguments[i];
            if (argument is "--help" or "-h" or "-?") line.WantsHelp = true;
            else if (!argument.StartsWith("--", StringComparison.Ordinal)) line.Fault($"'{argument}' is not a flag");
            else line.Take(argument, arguments, ref i);
        }

        return line;
    }

    private void Take(string argument, IReadOnlyList<string> arguments, ref int at)
    {
        var equals = argument.IndexOf('=');
        var name = equals < 0 ? argument : argument[..equals];
        var value = equals < 0 ? null : argument[(equals + 1)..];
        var setting = Settings.FirstOrDefault(s => s.Flag == name);
        var hasNext = at + 1 < arguments.Count && !arguments[at + 1].StartsWith("--", StringComparison.Ordinal);

        // An unknown flag takes its value along: one mistake is one line.
        if (value is null && setting is { IsSwitch: true }) value = "true";
        else if (value is null && hasNext) value = arguments[++at];
        if (setting is null)
        {
            var near = NearestName.To(name, Settings.Select(s => s.Flag).OfType<string>());
            Fault(near is null ? $"unknown flag '{name}'" : $"unknown flag '{name}'; did you mean '{near}'?");
        }
        else if (value is null) Fault($"{name} needs a value: {setting.Value}");
        else if (values.TryGetValue(setting, out var earlier) && !setting.Repeatable) Fault($"{name} is given more than once");
        else if (earlier is not null) earlier.Add(value);
        else values.Add(setting, [value]);
    }

    private void Fault(string sentence) => faults.Add(sentence);
}
