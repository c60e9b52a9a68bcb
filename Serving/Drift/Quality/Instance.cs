using Serving.Drift.Panes;

namespace Serving.Drift.Quality;

/// <summary>One instance between its answer and its truth, whichever came first, and after, as long as it is kept.</summary>
internal sealed class Instance(InstanceKey key, DateTimeOffset since)
{
    public InstanceKey Key { get; } = key;

    /// <summary>When it was first heard of.</summary>
    public DateTimeOffset Since { get; } = since;

    public Answer? Answer { get; set; }

    /// <summary>The version that answered; empty before.</summary>
    public string Version { get; set; } = "";

    public DateTimeOffset AnsweredAt { get; set; }

    /// <summary>How its request was drawn; null when no rollout drew it.</summary>
    public Draw? Draw { get; set; }

    /// <summary>What it counts as for that rollout.</summary>
    public Comparison Comparison { get; set; }

    public string? Truth { get; set; }

    /// <summary>When the truth was established, as its sender says: of two truths the later counts.</summary>
    public DateTimeOffset TruthAt { get; set; }

    /// <summary>Which of its monitor's evidence its truth is counted in; 0 for none.</summary>
    public long Era { get; set; }

    /// <summary>The pane of that evidence.</summary>
    public long Pane { get; set; }

    /// <summary>The scores its truth is counted in; null when that was in an earlier process.</summary>
    public QualityTally? Tally { get; set; }

    public void Write(StateWriter state)
    {
        state.Write(Key.Request);
        state.Write((long)Key.Index);
        state.Write(Since);
        state.Write(Answer is not null);
        if (Answer is not null)
        {
            Answer.Write(state);
            state.Write(Version);
            state.Write(AnsweredAt);
            state.Write(Draw is not null);
            Draw?.Write(state);
            state.Write((long)Comparison);
        }

        state.Write(Truth is not null);
        if (Truth is null)
            return;
        state.Write(Truth);
        state.Write(TruthAt);
        state.Write(Era);
        state.Write(Pane);
    }

    public static Instance Read(ref StateReader state)
    {
        var instance = new Instance(new InstanceKey(state.ReadString(), (int)state.ReadCount()), state.ReadTime());
        if (state.ReadBool())
        {
            instance.Answer = Answer.Read(ref state);
            instance.Version = state.ReadString();
            instance.AnsweredAt = state.ReadTime();
            instance.Draw = state.ReadBool() ? Draw.Read(ref state) : null;
            instance.Comparison = (Comparison)state.ReadCount();
        }

        if (!state.ReadBool())
            return instance;
        instance.Truth = state.ReadString();
        instance.TruthAt = state.ReadTime();
        instance.Era = state.ReadCount();
        instance.Pane = state.ReadCount();
        return instance;
    }
}
