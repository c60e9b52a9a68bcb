using System.Runtime.InteropServices;

namespace Gateway.Metrics;

/// <summary>
/// The series of one metric, found by their labels. Finding one that is there takes no lock and allocates nothing; series are
/// added under a lock and never removed. Past the limit everything new falls into one series of its own, which says so.
/// </summary>
/// <param name="create">Makes a series.</param>
/// <param name="most">Series that are told apart.</param>
internal sealed class SeriesTable<TSeries>(Func<TSeries> create, int most)
    where TSeries : class
{
    /// <summary>The same labels may come in several orders and types; this many ways of writing a series are remembered.</summary>
    private const int WaysPerSeries = 4;

    private readonly Lock gate = new();

    /// <summary>Of each core what it counted last and mostly counts next: found without looking into the labels' texts.</summary>
    private readonly Recent[] recent = new Recent[Stripes.Count];

    private readonly Dictionary<string, TSeries> byText = new(StringComparer.Ordinal);
    private volatile Entry?[] slots = new Entry?[16];
    private TSeries? overflow;
    private int entries;

    public bool IsEmpty => Volatile.Read(ref entries) == 0;

    /// <param name="labels">Whose series.</param>
    /// <param name="stripe">The present core's (<see cref="Stripes.Current"/>).</param>
    public TSeries Find(ReadOnlySpan<KeyValuePair<string, object?>> labels, int stripe)
    {
        ref var last = ref recent[stripe].Entry;
        if (Volatile.Read(ref last) is { } same && same.Matches(labels)) return same.Series;
        var hash = Hash(labels);
        var table = slots;
        for (var entry = Volatile.Read(ref table[hash & (table.Length - 1)]); entry is not null; entry = entry.Next)
        {
            if (entry.Hash != hash || !entry.Matches(labels)) continue;
            Volatile.Write(ref last, entry);
            return entry.Series;
        }

        return Add(labels, hash);
    }

    /// <summary>Each series with its labels, by these.</summary>
    public List<KeyValuePair<string, TSeries>> Snapshot()
    {
        lock (gate)
        {
            var all = new List<KeyValuePair<string, TSeries>>(byText);
            all.Sort(static (left, right) => string.CompareOrdinal(left.Key, right.Key));
            return all;
        }
    }

    private static int Hash(ReadOnlySpan<KeyValuePair<string, object?>> labels)
    {
        // The names of one metric's labels are the same; the values tell its series apart.
        var hash = labels.Length;
        foreach (var label in labels) hash = hash * 31 + HashOf(label.Value);
        return hash;
    }

    /// <summary>Of a text its length and three letters: there are few series, and hashing whole texts was half of what a count costs.</summary>
    private static int HashOf(object? value) => value switch
    {
        null or "" => 0,
        string text => ((text.Length * 31 + text[0]) * 31 + text[text.Length / 2]) * 31 + text[^1],
        _ => value.GetHashCode(),
    };

    private TSeries Add(ReadOnlySpan<KeyValuePair<string, object?>> labels, int hash)
    {
        lock (gate)
        {
            if (overflow is not null) return overflow;
            var text = LabelText.Of(labels);
            if (!byText.TryGetValue(text, out var series))
            {
                if (byText.Count >= most) return byText[LabelText.Overflow] = overflow = create();
                byText[text] = series = create();
            }

            if (entries < WaysPerSeries * most) Remember(new Entry(hash, labels.ToArray(), series));
            return series;
        }
    }

    private void Remember(Entry entry)
    {
        if (entries++ >= slots.Length)
        {
            var larger = new Entry?[slots.Length * 4];
            foreach (var first in slots)
            {
                for (var old = first; old is not null; old = old.Next) Put(larger, new Entry(old.Hash, old.Labels, old.Series));
            }

            slots = larger;
        }

        Put(slots, entry);
    }

    private static void Put(Entry?[] table, Entry entry)
    {
        ref var slot = ref table[entry.Hash & (table.Length - 1)];
        entry.Next = slot;
        Volatile.Write(ref slot, entry);
    }

    /// <summary>
    /// One core's, on a line of the processor's cache for itself. A struct, so that a reference to it is had without asking what the array
    /// may hold.
    /// </summary>
    [StructLayout(LayoutKind.Sequential, Size = 64)]
    private struct Recent
    {
        public Entry? Entry;
    }

    private sealed class Entry(int hash, KeyValuePair<string, object?>[] labels, TSeries series)
    {
        public int Hash { get; } = hash;

        public KeyValuePair<string, object?>[] Labels { get; } = labels;

        public TSeries Series { get; } = series;

        /// <summary>Set before the entry is put into a table, never after.</summary>
        public Entry? Next { get; set; }

        public bool Matches(ReadOnlySpan<KeyValuePair<string, object?>> others)
        {
            if (others.Length != Labels.Length) return false;
            for (var i = 0; i < Labels.Length; i++)
            {
                if (!ReferenceEquals(Labels[i].Value, others[i].Value) && !Equals(Labels[i].Value, others[i].Value)) return false;
                if (!ReferenceEquals(Labels[i].Key, others[i].Key) && Labels[i].Key != others[i].Key) return false;
            }

            return true;
        }
    }
}
