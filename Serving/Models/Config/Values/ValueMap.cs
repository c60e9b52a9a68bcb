using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace Serving.Models.Config.Values;

/// <summary>An immutable map in the order of its keys that compares by its entries. String keys are in ordinal order.</summary>
internal sealed class ValueMap<TKey, TValue> : IReadOnlyDictionary<TKey, TValue>, IEquatable<ValueMap<TKey, TValue>>
    where TKey : notnull
{
    public static readonly ValueMap<TKey, TValue> Empty = new([]);

    private readonly SortedList<TKey, TValue> entries;

    /// <summary>Throws <see cref="ArgumentException"/> when a key stands twice.</summary>
    public ValueMap(IEnumerable<KeyValuePair<TKey, TValue>> pairs)
    {
        entries = typeof(TKey) == typeof(string) ? new((IComparer<TKey>)StringComparer.Ordinal) : new();
        foreach (var (key, value) in pairs) entries.Add(key, value);
    }

    public int Count => entries.Count;

    public IEnumerable<TKey> Keys => entries.Keys;

    public IEnumerable<TValue> Values => entries.Values;

    public TValue this[TKey key] => entries[key];

    public bool ContainsKey(TKey key) => entries.ContainsKey(key);

    public bool TryGetValue(TKey key, [MaybeNullWhen(false)] out TValue value) => entries.TryGetValue(key, out value);

    public bool Equals(ValueMap<TKey, TValue>? other) => other is not null && entries.SequenceEqual(other.entries);

    public override bool Equals(object? obj) => Equals(obj as ValueMap<TKey, TValue>);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (var (key, value) in entries)
        {
            hash.Add(key);
            hash.Add(value);
        }

        return hash.ToHashCode();
    }

    public IEnumerator<KeyValuePair<TKey, TValue>> GetEnumerator() => entries.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => entries.GetEnumerator();
}
