using Serving.Drift.Panes;

namespace Serving.Drift.Quality;

/// <summary>The stored form of judged instances that are kept elsewhere too.</summary>
internal static class InstanceList
{
    public static void Write(StateWriter state, IReadOnlyCollection<Instance> instances)
    {
        state.Write((long)instances.Count);
        foreach (var instance in instances)
            instance.Write(state);
    }

    /// <param name="state">What <see cref="Write"/> wrote.</param>
    /// <param name="find">Instances that are kept, by their keys: what was written twice is one again.</param>
    public static List<Instance> Read(ref StateReader state, Func<InstanceKey, Instance?> find)
    {
        var count = state.ReadLength();
        var instances = new List<Instance>();
        for (var i = 0; i < count; i++)
        {
            var read = Instance.Read(ref state);
            var kept = find(read.Key);
            if (kept is not { Answer: not null })
            {
                instances.Add(read);
                continue;
            }

            // Answers are kept less often than this state: what it knows of the truth is news to them.
            if (kept.Truth is null)
                (kept.Truth, kept.TruthAt, kept.Era, kept.Pane) = (read.Truth, read.TruthAt, read.Era, read.Pane);
            instances.Add(kept);
        }

        return instances.TrueForAll(instance => instance is { Answer: not null, Truth: not null })
            ? instances
            : throw new FormatException("an instance of the window was not judged");
    }
}
