using Serving.Drift.Panes;

namespace Serving.Drift.Quality;

/// <summary>Numbers the classes as they are first heard of: the model's own, then whatever truths name, up to a limit.</summary>
internal sealed class ClassNames
{
    /// <summary>Classes told apart; all further ones are one.</summary>
    public const int Most = 200;

    private readonly Dictionary<string, int> indexes = new(StringComparer.Ordinal);

    public ClassNames(IReadOnlyList<string> known)
    {
        foreach (var name in known)
            IndexOf(name);
    }

    public int Count => indexes.Count;

    public int IndexOf(string name)
    {
        if (indexes.TryGetValue(name, out var index))
            return index;
        if (indexes.Count == Most)
            return Most;
        indexes.Add(name, indexes.Count);
        return indexes.Count - 1;
    }

    /// <summary>The names in their order, and one for the rest.</summary>
    public string[] All() => [.. indexes.OrderBy(pair => pair.Value).Select(pair => pair.Key), "(other)"];

    public void Write(StateWriter state)
    {
        state.Write((long)indexes.Count);
        foreach (var name in All()[..^1])
            state.Write(name);
    }

    /// <summary>Knows what <see cref="Write"/> wrote, under the same numbers where the model's own classes are the same.</summary>
    public void Read(ref StateReader state)
    {
        for (var left = state.ReadLength(); left > 0; left--)
            IndexOf(state.ReadString());
    }
}
