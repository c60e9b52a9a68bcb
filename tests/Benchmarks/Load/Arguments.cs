using System.Globalization;

namespace Benchmarks.Load;

/// <summary>The <c>--name value</c> pairs behind a verb. Throws <see cref="ArgumentException"/> for anything else.</summary>
internal sealed class Arguments
{
    private readonly Dictionary<string, string> given = [];

    public Arguments(ReadOnlySpan<string> words, params string[] known)
    {
        for (var i = 0; i < words.Length; i += 2)
        {
            var name = words[i].StartsWith("--", StringComparison.Ordinal) ? words[i][2..] : "";
            if (!known.Contains(name)) throw new ArgumentException($"'{words[i]}' is not one of --{string.Join(", --", known)}");
            if (i + 1 == words.Length) throw new ArgumentException($"{words[i]} needs a value");
            given[name] = words[i + 1];
        }
    }

    public string? Find(string name) => given.GetValueOrDefault(name);

    public string Text(string name) => Find(name) ?? throw new ArgumentException($"--{name} is needed");

    public double Number(string name, double otherwise)
    {
        if (Find(name) is not { } text) return otherwise;
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && value >= 0
            ? value
            : throw new ArgumentException($"--{name} must be a number of at least 0, not '{text}'");
    }

    public int Count(string name, int otherwise) => (int)Number(name, otherwise);
}
