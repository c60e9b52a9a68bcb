using Serving.Drift.Panes;

namespace Serving.Drift.Quality;

/// <summary>
/// Brings answers and truths together by request id, in either order, each kept for a while. Bounded: beyond the capacity the
/// oldest instance goes, joined or not.
/// </summary>
/// <param name="forgotten">Told of every instance that goes: the version that answered, null when none did; and whether its truth is known.</param>
internal sealed class FeedbackJoin(Action<string?, bool> forgotten)
{
    private readonly InstanceStore instances = new();

    /// <summary>How long an instance is kept: for ever, until it is said.</summary>
    public TimeSpan Retention { get; set; } = TimeSpan.MaxValue;

    /// <summary>Most instances kept.</summary>
    public int Capacity { get; set; } = int.MaxValue;

    /// <summary>Truths whose answer has not been seen.</summary>
    public long Waiting { get; private set; }

    /// <summary>A version answered.</summary>
    /// <param name="early">The instance when its truth is here already, to be judged now; else null.</param>
    /// <returns>False when it is known to have had an answer already, which is the one that was given.</returns>
    public bool Answer(string version, in GivenAnswer answer, DateTimeOffset now, Draw? draw, out Instance? early)
    {
        early = null;
        var isAnswered = false;
        if (!instances.IsIndexed || !instances.Contains(answer.Request, answer.Index, out isAnswered))
        {
            MakeRoom();
            if (draw is null)
                instances.Add(version, answer, now);
            else
                instances.Add(new Instance(answer.Key, now) { Answer = answer.ToAnswer(), Version = version, AnsweredAt = now, Draw = draw });
            return true;
        }

        if (isAnswered)
            return false;
        var instance = instances.Find(answer.Key)!;
        (instance.Answer, instance.Version, instance.AnsweredAt, instance.Draw) = (answer.ToAnswer(), version, now, draw);
        if (instance.Truth is null)
            return true;
        Waiting--;
        early = instance;
        return true;
    }

    /// <summary>A truth came. Of several for one instance the one established last counts.</summary>
    /// <returns>What became of it, the instance, and the truth it replaced.</returns>
    public (LabelOutcome Outcome, Instance Instance, string? Before) Truth(InstanceKey key, string truth, DateTimeOffset at, DateTimeOffset now)
    {
        var instance = instances.Find(key) ?? Begin(key, now);
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
    public Instance? Find(InstanceKey key) => instances.Find(key);

    /// <summary>Whether the instance is kept and has its answer.</summary>
    public bool IsAnswered(InstanceKey key) => instances.Contains(key.Request, key.Index, out var isAnswered) && isAnswered;

    /// <summary>The instances that more is known of than an answer.</summary>
    public IEnumerable<Instance> Known() => instances.Known();

    /// <summary>All instances, oldest first.</summary>
    public void Write(StateWriter state)
    {
        state.Write((long)instances.Count);
        foreach (var instance in instances.All())
            instance.Write(state);
    }

    /// <summary>Takes what <see cref="Write"/> wrote into an empty store.</summary>
    public void Read(ref StateReader state)
    {
        var count = state.ReadLength();
        for (var i = 0; i < count; i++)
        {
            var instance = Instance.Read(ref state);
            instances.Add(instance);
            Waiting += instance.Answer is null ? 1 : 0;
        }
    }

    /// <summary>Forgets what is too old.</summary>
    public void Expire(DateTimeOffset now)
    {
        while (instances.Count > 0 && now - instances.OldestSince >= Retention)
            Forget();
    }

    private Instance Begin(InstanceKey key, DateTimeOffset now)
    {
        MakeRoom();
        var instance = new Instance(key, now);
        instances.Add(instance);
        return instance;
    }

    private void MakeRoom()
    {
        while (instances.Count >= Capacity)
            Forget();
    }

    private void Forget()
    {
        var (version, isJudged) = instances.Forget();
        Waiting -= version is null ? 1 : 0;
        forgotten(version, isJudged);
    }
}
