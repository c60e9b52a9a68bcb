namespace Serving.Models.Config.Values;

/// <summary>Makes <see cref="ValueList{T}"/> from collection expressions.</summary>
internal static class ValueList
{
    public static ValueList<T> Create<T>(ReadOnlySpan<T> items) => new(items.ToArray());
}
