using Serving.Drift.Panes;
using Serving.Drift.Quality;

namespace Serving.Tests.Drift.Quality;

public sealed class FeedbackJoinTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly Answer Setosa = new("setosa", 0, null);
    private readonly List<Instance> forgotten = [];

    [Fact]
    public void Truth_BeforeItsAnswer_WaitsAndJoins()
    {
        var join = Join();

        Assert.Equal(LabelOutcome.Waiting, join.Truth(Key(1), "setosa", Noon, Noon).Outcome);
        Assert.Equal(1, join.Waiting);
        Assert.Equal("setosa", join.Answer(Key(1), "1", Setosa, Noon)!.Truth);
        Assert.Equal(0, join.Waiting);
    }

    [Fact]
    public void Truth_Twice_TheOneEstablishedLastCountsWhateverTheOrder()
    {
        var join = Join();
        join.Answer(Key(1), "1", Setosa, Noon);

        Assert.Equal(LabelOutcome.Joined, join.Truth(Key(1), "a", Noon.AddHours(2), Noon).Outcome);
        Assert.Equal(LabelOutcome.Stale, join.Truth(Key(1), "b", Noon.AddHours(1), Noon).Outcome);
        Assert.Equal(LabelOutcome.Stale, join.Truth(Key(1), "a", Noon.AddHours(2), Noon).Outcome);
        var (outcome, instance, before) = join.Truth(Key(1), "c", Noon.AddHours(3), Noon);
        Assert.Equal((LabelOutcome.Replaced, "c", "a"), (outcome, instance.Truth, before));
    }

    [Fact]
    public void Answer_InstancesOfOneRequest_AreApart()
    {
        var join = Join();
        join.Answer(new InstanceKey("r", 0), "1", Setosa, Noon);
        join.Answer(new InstanceKey("r", 1), "1", Setosa, Noon);

        Assert.Null(join.Answer(new InstanceKey("r", 0), "2", Setosa, Noon));
        Assert.Equal(LabelOutcome.Joined, join.Truth(new InstanceKey("r", 1), "x", Noon, Noon).Outcome);
        Assert.Null(join.Find(new InstanceKey("r", 0))!.Truth);
    }

    [Fact]
    public void Expire_AfterRetention_ForgetsBothKinds()
    {
        var join = Join();
        join.Answer(Key(1), "1", Setosa, Noon);
        join.Truth(Key(2), "x", Noon, Noon);
        join.Answer(Key(3), "1", Setosa, Noon.AddMinutes(30));
        join.Truth(Key(3), "x", Noon, Noon.AddMinutes(30));
        join.Expire(Noon.AddHours(1));

        Assert.Equal([Key(1), Key(2)], forgotten.Select(instance => instance.Key));
        Assert.Equal(0, join.Waiting);
        Assert.Equal(LabelOutcome.Waiting, join.Truth(Key(1), "x", Noon, Noon.AddHours(1)).Outcome);
        Assert.Equal(LabelOutcome.Replaced, join.Truth(Key(3), "y", Noon, Noon.AddHours(1)).Outcome);
    }

    [Fact]
    public void Answer_BeyondCapacity_TheOldestExpires()
    {
        var join = Join();
        for (var i = 0; i < 12; i++)
            join.Answer(Key(i), "1", Setosa, Noon);

        Assert.Equal([Key(0), Key(1)], forgotten.Select(instance => instance.Key));
        Assert.Equal(LabelOutcome.Joined, join.Truth(Key(2), "x", Noon, Noon).Outcome);
    }

    [Fact]
    public void Read_WhatWasWritten_IsTheSameStore()
    {
        var (join, read, state) = (Join(), Join(), new StateWriter());
        join.Answer(Key(1), "2", new Answer("setosa", 0, [0.5f, 0.25f]), Noon);
        join.Truth(Key(2), "x", Noon, Noon);
        join.Write(state);
        var bytes = new StateReader(state.ToArray());
        read.Read(ref bytes);

        Assert.Equal(1, read.Waiting);
        Assert.Equal(state.ToArray(), Written(read));
        Assert.Equal("2", read.Find(Key(1))!.Version);
        Assert.Equal([0.5f, 0.25f], read.Find(Key(1))!.Answer!.Scores!);
        Assert.Equal(LabelOutcome.Joined, read.Truth(Key(1), "setosa", Noon, Noon).Outcome);
    }

    private static byte[] Written(FeedbackJoin join)
    {
        var state = new StateWriter();
        join.Write(state);
        return state.ToArray();
    }

    private FeedbackJoin Join() => new(forgotten.Add) { Retention = TimeSpan.FromHours(1), Capacity = 10 };

    private static InstanceKey Key(int request) => new("r" + request, 0);
}
