using Serving.Drift;
using Serving.Drift.Quality;

namespace Serving.Tests.Drift.Quality;

public sealed class ArmTallyTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 1, 12, 0, 0, TimeSpan.Zero);
    private readonly ModelQuality quality = new("m");
    private int requests;

    public ArmTallyTests() => quality.Serve("1", new QualityOptions(), []);

    [Fact]
    public void CutArms_DrawnAnswers_AreCountedByEpochOnce()
    {
        Feed(new Draw(5, 5, null), "wrong");
        Feed(new Draw(5, 6, null), "a");
        Feed(null, "wrong");

        Assert.Equal([new ArmTruths(5, "1", 1, 1, 1), new ArmTruths(6, "1", 1, 0, 0)], quality.CutArms());
        Assert.Empty(quality.CutArms());
    }

    [Fact]
    public void CutArms_OneCallersWrongAnswers_AreOneProof()
    {
        for (var i = 0; i < 10; i++) Feed(new Draw(5, 5, "caller"), "wrong");
        Feed(new Draw(5, 5, "another"), "wrong");

        Assert.Equal([new ArmTruths(5, "1", 11, 11, 2)], quality.CutArms());
        Feed(new Draw(9, 9, "caller"), "wrong");
        Assert.Equal([new ArmTruths(9, "1", 1, 1, 1)], quality.CutArms());
    }

    [Fact]
    public void CutArms_TruthCorrected_TakesBackWhatItCounted()
    {
        Feed(new Draw(5, 5, null), "wrong");
        quality.CutArms();
        quality.Truth(new InstanceKey("1", 0), "a", Noon.AddHours(1), Noon);

        Assert.Equal([new ArmTruths(5, "1", 0, -1, -1)], quality.CutArms());
        quality.Truth(new InstanceKey("1", 0), "b", Noon.AddHours(2), Noon);
        Assert.Equal([new ArmTruths(5, "1", 0, 1, 1)], quality.CutArms());
    }

    [Fact]
    public void CutArms_Numbers_AreHeldAgainstTheToleranceThatWasLearnedFirst()
    {
        var options = new QualityOptions { Task = QualityTask.Regression, LearnFrom = 100 };
        quality.Serve("2", options, []);
        quality.Serve("3", options, []);
        FeedNumber("3", new Draw(5, 5, null), 1000);
        for (var i = 0; i < 100; i++) FeedNumber("2", null, i % 10);
        FeedNumber("3", new Draw(5, 5, null), 1000);
        FeedNumber("3", new Draw(5, 5, null), 3);

        Assert.Equal([new ArmTruths(5, "3", 2, 1, 1)], quality.CutArms());
    }

    private void Feed(Draw? draw, string truth)
    {
        var key = new InstanceKey($"{++requests}", 0);
        quality.Answer("1", key, new Answer("a", 0, null), Noon, draw);
        quality.Truth(key, truth, Noon, Noon);
    }

    private void FeedNumber(string version, Draw? draw, double error)
    {
        var key = new InstanceKey($"{++requests}", 0);
        quality.Answer(version, key, new Answer(null, error, null), Noon, draw);
        quality.Truth(key, "0", Noon, Noon);
    }
}
