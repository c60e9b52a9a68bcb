namespace Serving.Drift.Baselines;

/// <summary>
/// Counts the values of one categorical feature in one pass and bounded memory: values are told apart until
/// <see cref="MostDistinct"/> of them are known, later newcomers are counted together.
/// </summary>
internal sealed class CategoricalBuilder(string name)
{
    /// <summary>A value that is frequent enough to be kept is seen long before so many others.</summary>
    public const int MostDistinct = 50_000;

    private readonly Dictionary<string, long> counts = new(StringComparer.Ordinal);
    private Dictionary<string, long>.AlternateLookup<ReadOnlySpan<char>>? spans;
    private long missing;
    private long others;

    public static CategoricalBaseline Build(string name, IReadOnlyList<string?> values, bool inTimeOrder = false)
    {
        var builder = new CategoricalBuilder(name);
        foreach (var value in values)
            builder.Add(value);
        var plain = builder.Build();
        var blocks = inTimeOrder ? Dispersion.BlocksFor(values.Count) : 0;
        if (blocks == 0)
            return plain;

        var counts = new BlockCounts(blocks, plain.Counts.Length, values.Count);
        foreach (var value in values)
            counts.Add(plain, value);
        return plain.With(counts.Disperse(plain));
    }

    /// <param name="value">Null when the row has none. An empty text is a category.</param>
    public void Add(string? value)
    {
        if (value is null)
            missing++;
        else if (counts.TryGetValue(value, out var count))
            counts[value] = count + 1;
        else if (counts.Count < MostDistinct)
            counts.Add(value, 1);
        else
            others++;
    }

    /// <summary>The same for a cell of a table, where nothing means missing, without making a text of what is known already.</summary>
    public void Add(ReadOnlySpan<char> value)
    {
        if (value.IsEmpty)
        {
            missing++;
            return;
        }

        var lookup = spans ??= counts.GetAlternateLookup<ReadOnlySpan<char>>();
        if (lookup.TryGetValue(value, out var count))
            lookup[value] = count + 1;
        else
            Add(value.ToString());
    }

    public CategoricalBaseline Build()
    {
        KeyValuePair<string, long>[] sorted = [.. counts.OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key, StringComparer.Ordinal)];
        var kept = Math.Min(sorted.Length, CategoricalBaseline.MostCategories);
        var categories = new string[kept];
        var totals = new long[kept + 1];
        for (var i = 0; i < sorted.Length; i++)
        {
            totals[Math.Min(i, kept)] += sorted[i].Value;
            if (i < kept)
                categories[i] = sorted[i].Key;
        }

        totals[kept] += others;
        return new CategoricalBaseline(name, categories, totals, missing, null);
    }
}
