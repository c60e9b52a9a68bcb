using Serving.Drift.Panes;

namespace Serving.Drift.Quality;

/// <summary>
/// Brings answers and truths together by request id, in either order, each kept for a while. Bounded: beyond the capacity the
/// oldest instance goes, joined or not.
/// </summary>
/// <param name="forgotten">Told of every instance that goes.</param>
internal sealed class FeedbackJoin(Action<Instance> forgotten)
{
    private readonly Dictionary<InstanceKey, Instance> instances = [];
    private readonly Queue<Instance> byAge = [];

    /// <summary>How long an instance is kept.</summary>
    public TimeSpan Retention { get; set; }

    /// <summary>Most instances kept.</summary>
    public int Capacity { get; set; }

    /// <summary>Truths whose answer has not been seen.</summary>
    public long Waiting { get; private set; }

    /// <summary>A version answered. The instance; null when it had an answer already, which is the one that was given.</summary>
    public Instance? Answer(InstanceKey key, string version, Answer answer, DateTimeOffset now)
    {
        var instance = Get(key, now);
        if (instance.Answer is not null)
            return null;

        instance.Answer = answer;
        instance.Version = version;
        instance.AnsweredAt = now;
        Waiting -= instance.Truth is null ? 0 : 1;
        return instance;
    }

    /// <summary>A truth came. Of several for one instance the one established last counts.</summary>
    /// <returns>What became of it, the instance, and the truth it replaced.</returns>
    public (LabelOutcome Outcome, Instance Instance, string? Before) Truth(InstanceKey key, string truth, DateTimeOffset at, DateTimeOffset now)
    {
        var instance = Get(key, now);
        var before = instance.Truth;
        if (before is not null && (at < instance.TruthAt || before == truth))
            return (LabelOutcome.Stale, instance, before);

        instance.Truth = truth;
        instance.TruthAt = at;
        if (instance.Answer is not null)
            return (before is null ? LabelOutcome.Joined : LabelOutcome.Replaced, instance, before);
        Waiting += before is null ? 1 : 0;
        return (LabelOutcome.Waiting, instance, before);
    }

    /// <summary>The instance, if it is kept.</summary>
    public Instance? Find(InstanceKey key) => instances.GetValueOrDefault(key);

    /// <summary>All instances, oldest first.</summary>
    public void Write(StateWriter state)
    {
        state.Write((long)byAge.Count);
        foreach (var instance in byAge)
            instance.Write(state);
    }

    /// <summary>Takes what <see cref="Write"/> wrote into an empty store.</summary>
    public void Read(ref StateReader state)
    {
        var count = state.ReadLength();
        for (var i = 0; i < count; i++)
        {
            var instance = Instance.Read(ref state);
            if (!instances.TryAdd(instance.Key, instance))
                throw new FormatException("an instance is kept twice");
            byAge.Enqueue(instance);
            Waiting += instance.Answer is null ? 1 : 0;
        }
    }

    /// <summary>Forgets what is too old.</summary>
    public void Expire(DateTimeOffset now)
    {
        while (byAge.TryPeek(out var oldest) && now - oldest.Since >= Retention)
            Forget();
    }

    private Instance Get(InstanceKey key, DateTimeOffset now)
    {
        if (instances.TryGetValue(key, out var known))
            return known;
        while (instances.Count >= Capacity)
            Forget();

        var instance = new Instance(key, now);
        instances.Add(key, instance);
        byAge.Enqueue(instance);
        return instance;
    }

    private void Forget()
    {
        var oldest = byAge.Dequeue();
        instances.Remove(oldest.Key);
        Waiting -= oldest.Answer is null ? 1 : 0;
        forgotten(oldest);
    }
}
