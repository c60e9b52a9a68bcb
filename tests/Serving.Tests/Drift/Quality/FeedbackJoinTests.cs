using Serving.Drift.Quality;

namespace Serving.Tests.Drift.Quality;

public sealed class FeedbackJoinTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly Answer Setosa = new("setosa", 0, null);

    [Fact]
    public void Truth_BeforeItsAnswer_WaitsAndJoins()
    {
        var join = Join();

        Assert.Equal(LabelOutcome.Waiting, join.Truth(Key(1), "setosa", Noon, Noon).Outcome);
        Assert.Equal(1, join.Waiting);
        Assert.Equal("setosa", join.Answer(Key(1), Setosa, Noon)!.Truth);
        Assert.Equal((0, 1, 1), (join.Waiting, join.Joined, join.Answered));
    }

    [Fact]
    public void Truth_Twice_TheOneEstablishedLastCountsWhateverTheOrder()
    {
        var join = Join();
        join.Answer(Key(1), Setosa, Noon);

        Assert.Equal(LabelOutcome.Joined, join.Truth(Key(1), "a", Noon.AddHours(2), Noon).Outcome);
        Assert.Equal(LabelOutcome.Stale, join.Truth(Key(1), "b", Noon.AddHours(1), Noon).Outcome);
        Assert.Equal(LabelOutcome.Stale, join.Truth(Key(1), "a", Noon.AddHours(2), Noon).Outcome);
        var (outcome, instance, before) = join.Truth(Key(1), "c", Noon.AddHours(3), Noon);
        Assert.Equal((LabelOutcome.Replaced, "c", "a"), (outcome, instance.Truth, before));
        Assert.Equal(1, join.Joined);
    }

    [Fact]
    public void Answer_InstancesOfOneRequest_AreApart()
    {
        var join = Join();
        join.Answer(new InstanceKey("r", 0), Setosa, Noon);
        join.Answer(new InstanceKey("r", 1), Setosa, Noon);

        Assert.Equal(2, join.Answered);
        Assert.Equal(LabelOutcome.Joined, join.Truth(new InstanceKey("r", 1), "x", Noon, Noon).Outcome);
    }

    [Fact]
    public void Expire_AfterRetention_ForgetsBothKinds()
    {
        var join = Join();
        join.Answer(Key(1), Setosa, Noon);
        join.Truth(Key(2), "x", Noon, Noon);
        join.Answer(Key(3), Setosa, Noon.AddMinutes(30));
        join.Truth(Key(3), "x", Noon, Noon.AddMinutes(30));
        join.Expire(Noon.AddHours(1));

        Assert.Equal((1, 1, 0), (join.Expired, join.Unmatched, join.Waiting));
        Assert.Equal(LabelOutcome.Waiting, join.Truth(Key(1), "x", Noon, Noon.AddHours(1)).Outcome);
        Assert.Equal(LabelOutcome.Replaced, join.Truth(Key(3), "y", Noon, Noon.AddHours(1)).Outcome);
    }

    [Fact]
    public void Answer_BeyondCapacity_TheOldestExpires()
    {
        var join = Join();
        for (var i = 0; i < 12; i++)
            join.Answer(Key(i), Setosa, Noon);

        Assert.Equal((12, 2), (join.Answered, join.Expired));
        Assert.Equal(LabelOutcome.Joined, join.Truth(Key(2), "x", Noon, Noon).Outcome);
    }

    private static FeedbackJoin Join() => new(TimeSpan.FromHours(1), 10);

    private static InstanceKey Key(int request) => new("r" + request, 0);
}
