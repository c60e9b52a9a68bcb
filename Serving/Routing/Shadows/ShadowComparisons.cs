using System.Collections.Concurrent;

namespace Serving.Routing.Shadows;

/// <summary>The comparison of every shadow in one process. Each is used under its own lock.</summary>
internal sealed class ShadowComparisons
{
    private readonly ConcurrentDictionary<(string Model, string Version), ShadowComparison> all = new();

    /// <summary>Every comparison that was begun.</summary>
    public IEnumerable<(string Model, ShadowComparison Comparison)> All => all.Select(entry => (entry.Key.Model, entry.Value));

    /// <summary>
    /// A shadow's comparison. A version that is made a shadow anew is compared anew; requests that still go by older routes than another
    /// one are counted with the older.
    /// </summary>
    public ShadowComparison Of(string model, ShadowTarget target)
    {
        var key = (model, target.Version);
        while (true)
        {
            var held = all.GetOrAdd(key, static (key, since) => new ShadowComparison(key.Version, since), target.Since);
            if (held.Since == target.Since) return held;
            var other = new ShadowComparison(target.Version, target.Since);
            if (held.Since > target.Since || all.TryUpdate(key, other, held)) return other;
        }
    }

    /// <summary>Forgets a comparison whose shadow is none any more.</summary>
    public void Remove(string model, ShadowComparison comparison) => all.TryRemove(new((model, comparison.Version), comparison));
}
