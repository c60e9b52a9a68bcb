namespace Serving.Drift.Quality;

/// <summary>
/// Brings answers and truths together by request id, in either order, each kept for a while. Bounded: beyond the capacity the
/// oldest instance expires, joined or not.
/// </summary>
internal sealed class FeedbackJoin(TimeSpan retention, int capacity)
{
    private readonly Dictionary<InstanceKey, Instance> instances = [];
    private readonly Queue<Instance> byAge = [];

    public long Answered { get; private set; }

    public long Joined { get; private set; }

    public long Waiting { get; private set; }

    public long Expired { get; private set; }

    public long Unmatched { get; private set; }

    /// <summary>A model answered. Returns the instance when its truth was waiting already.</summary>
    public Instance? Answer(InstanceKey key, Answer answer, DateTimeOffset now)
    {
        var instance = Get(key, now);
        if (instance.Answer is not null)
            return null; // A request id used twice: the first answer is the one that was given.

        instance.Answer = answer;
        instance.AnsweredAt = now;
        Answered++;
        if (instance.Truth is null)
            return null;
        Waiting--;
        Joined++;
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
        if (instance.Answer is null)
        {
            Waiting += before is null ? 1 : 0;
            return (LabelOutcome.Waiting, instance, before);
        }

        Joined += before is null ? 1 : 0;
        return (before is null ? LabelOutcome.Joined : LabelOutcome.Replaced, instance, before);
    }

    /// <summary>A truth that fits no answer of this model.</summary>
    public void Refuse() => Unmatched++;

    /// <summary>Forgets what is too old.</summary>
    public void Expire(DateTimeOffset now)
    {
        while (byAge.TryPeek(out var oldest) && now - oldest.Since >= retention)
            Forget();
    }

    private Instance Get(InstanceKey key, DateTimeOffset now)
    {
        if (instances.TryGetValue(key, out var known))
            return known;
        if (instances.Count == capacity)
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
        if (oldest.Truth is null)
        {
            Expired++;
        }
        else if (oldest.Answer is null)
        {
            Waiting--;
            Unmatched++;
        }
    }
}
