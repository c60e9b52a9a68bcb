using Serving.Drift.Panes;
using Serving.Drift.Quality;

namespace Serving.Tests.Drift.Quality;

public sealed class FeedbackJoinTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly Answer Setosa = new("setosa", 0, null);
    private readonly List<(string? Version, bool IsJudged)> forgotten = [];

    [Fact]
    public void Truth_BeforeItsAnswer_WaitsAndJoins()
    {
        var join = Join();

        Assert.Equal(LabelOutcome.Waiting, join.Truth(Key(1), "setosa", Noon, Noon).Outcome);
        Assert.Equal(1, join.Waiting);
        Assert.True(join.Answer("1", GivenAnswer.Of(Key(1), Setosa), Noon, null, out var early));
        Assert.Equal("setosa", early!.Truth);
        Assert.Equal(0, join.Waiting);
    }

    [Fact]
    public void Truth_Twice_TheOneEstablishedLastCountsWhateverTheOrder()
    {
        var join = Join();
        join.Answer("1", GivenAnswer.Of(Key(1), Setosa), Noon, null, out _);

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
        join.Answer("1", GivenAnswer.Of(new InstanceKey("r", 0), Setosa), Noon, null, out _);
        join.Answer("1", GivenAnswer.Of(new InstanceKey("r", 1), Setosa), Noon, null, out _);

        Assert.Equal(LabelOutcome.Joined, join.Truth(new InstanceKey("r", 1), "x", Noon, Noon).Outcome);
        Assert.False(join.Answer("2", GivenAnswer.Of(new InstanceKey("r", 0), Setosa), Noon, null, out _));
        Assert.Null(join.Find(new InstanceKey("r", 0))!.Truth);
    }

    [Fact]
    public void Answer_TwiceBeforeAnyTruth_TheFirstCounts()
    {
        var join = Join();
        for (var version = 1; version <= 3; version++) join.Answer($"{version}", GivenAnswer.Of(Key(1), Setosa), Noon.AddMinutes(version), null, out _);

        Assert.Equal("1", join.Truth(Key(1), "x", Noon, Noon).Instance.Version);
        join.Expire(Noon.AddHours(2));
        Assert.Equal([("1", true), ("2", false), ("3", false)], forgotten);
    }

    [Fact]
    public void Expire_AfterRetention_ForgetsBothKinds()
    {
        var join = Join();
        join.Answer("1", GivenAnswer.Of(Key(1), Setosa), Noon, null, out _);
        join.Truth(Key(2), "x", Noon, Noon);
        join.Answer("1", GivenAnswer.Of(Key(3), Setosa), Noon.AddMinutes(30), null, out _);
        join.Truth(Key(3), "x", Noon, Noon.AddMinutes(30));
        join.Expire(Noon.AddHours(1));

        Assert.Equal([("1", false), (null, true)], forgotten);
        Assert.Null(join.Find(Key(1)));
        Assert.Equal(0, join.Waiting);
        Assert.Equal(LabelOutcome.Waiting, join.Truth(Key(1), "x", Noon, Noon.AddHours(1)).Outcome);
        Assert.Equal(LabelOutcome.Replaced, join.Truth(Key(3), "y", Noon, Noon.AddHours(1)).Outcome);
    }

    [Fact]
    public void Answer_BeyondCapacity_TheOldestExpires()
    {
        var join = Join();
        for (var i = 0; i < 12; i++)
            join.Answer("1", GivenAnswer.Of(Key(i), Setosa), Noon, null, out _);

        Assert.Equal([("1", false), ("1", false)], forgotten);
        Assert.Null(join.Find(Key(1)));
        Assert.Equal(LabelOutcome.Joined, join.Truth(Key(2), "x", Noon, Noon).Outcome);
    }

    [Fact]
    public void Read_WhatWasWritten_IsTheSameStore()
    {
        var (join, read, state) = (Join(), Join(), new StateWriter());
        join.Answer("2", GivenAnswer.Of(Key(1), new Answer("setosa", 0, [0.5f, 0.25f])), Noon, null, out _);
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

    /// <summary>Against the plain dictionary and queue that the store stands for: ids of any length, with truths and without, growing and shrinking.</summary>
    [Fact]
    public void Answer_ManyOfEveryLength_AreKeptAsGivenUntilTheyGo()
    {
        var (random, now) = (new Random(5), Noon);
        var join = new FeedbackJoin((version, isJudged) => forgotten.Add((version, isJudged))) { Retention = TimeSpan.FromHours(1), Capacity = 3000 };
        var (known, byAge) = (new Dictionary<InstanceKey, (Answer Answer, DateTimeOffset Since, string? Truth)>(), new Queue<InstanceKey>());
        for (var i = 0; i < 20_000; i++)
        {
            now += TimeSpan.FromSeconds(random.Next(100) == 0 ? random.Next(1800) : 1);
            var key = new InstanceKey(random.Next(500) == 0 ? $"{i}" + new string('x', 40_000) : $"{i}" + new string('é', random.Next(60)), random.Next(3));
            var answer = new Answer($"c{i % 3}", i, i % 2 == 0 ? null : [i, -i, 0.5f]);
            join.Expire(now);
            Assert.True(join.Answer("1", GivenAnswer.Of(key, answer), now, null, out _));
            while (byAge.Count == 3000 || (byAge.TryPeek(out var first) && now - known[first].Since >= join.Retention)) known.Remove(byAge.Dequeue());
            byAge.Enqueue(key);
            known[key] = (answer, now, null);
            var some = byAge.ElementAt(random.Next(byAge.Count));
            if (i % 4 == 0 && known[some].Truth is null)
            {
                Assert.Equal(LabelOutcome.Joined, join.Truth(some, "t", now, now).Outcome);
                known[some] = known[some] with { Truth = "t" };
            }

            Assert.False(join.Answer("2", GivenAnswer.Of(some, answer), now, null, out _));
        }

        Assert.Equal(20_000 - known.Count, forgotten.Count);
        foreach (var (key, (answer, since, truth)) in known)
        {
            var found = join.Find(key)!;
            Assert.Equal((answer.Label, answer.Value, since, truth, "1"), (found.Answer!.Label, found.Answer.Value, found.AnsweredAt, found.Truth, found.Version));
            Assert.Equal(answer.Scores, found.Answer.Scores);
        }
    }

    private static byte[] Written(FeedbackJoin join)
    {
        var state = new StateWriter();
        join.Write(state);
        return state.ToArray();
    }

    private FeedbackJoin Join() => new((version, isJudged) => forgotten.Add((version, isJudged))) { Retention = TimeSpan.FromHours(1), Capacity = 10 };

    private static InstanceKey Key(int request) => new("r" + request, 0);
}
