using System.Text.Json;
using Serving.Drift;
using Serving.Drift.Quality;

namespace Serving.Tests.Drift.Quality;

/// <summary>A model's quality that is taken to another process in the middle of it goes on as if it had stayed.</summary>
public sealed class QualityMoveTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly QualityOptions Classes = new() { Labels = ["a", "b"], LearnFrom = 100, Window = 50 };
    private static readonly QualityOptions Numbers = new() { Task = QualityTask.Regression, LearnFrom = 100, Window = 50 };

    [Theory]
    [InlineData(QualityTask.Classification)]
    [InlineData(QualityTask.Regression)]
    public void Move_AtAnyTime_ChangesNothing(QualityTask task)
    {
        var options = task == QualityTask.Classification ? Classes : Numbers;
        var stayed = Begin(options);
        var moved = Begin(options);
        for (var i = 0; i < 1000; i++)
        {
            Feed(stayed, i, task);
            Feed(moved, i, task);
            if (i % 37 == 0) moved = Move(moved, options);
        }

        foreach (var version in new[] { "1", "2" })
            Assert.Equal(JsonSerializer.Serialize(stayed.Report(version)), JsonSerializer.Serialize(moved.Report(version)));
        Assert.NotEmpty(stayed.ReadArms(7));
        Assert.Equal(stayed.ReadArms(7).OrderBy(arm => (arm.Epoch, arm.Version)), moved.ReadArms(7).OrderBy(arm => (arm.Epoch, arm.Version)));
        Assert.Empty(moved.ReadArms(6));
    }

    /// <summary>Answers of two versions, some of them drawn by a rollout, in requests of two rows; truths early, late, corrected, repeated.</summary>
    private static void Feed(ModelQuality quality, int i, QualityTask task)
    {
        var random = new Random(i);
        var now = Noon.AddSeconds(i);
        var draw = i % 3 == 0 ? null : new Draw(7, 7 + (i / 400), i % 5 == 0 ? $"caller-{i % 4}" : null);
        if (i % 10 == 9) quality.Truth(new InstanceKey($"r{i}", 0), Truth(i), now, now);
        for (var row = 0; row < 2; row++)
        {
            var key = new InstanceKey($"r{i}", row);
            quality.Answer(i % 4 == 0 ? "2" : "1", key, Answer(), now, draw?.For(key.Request, 2));
        }

        var late = random.Next(0, 30);
        quality.Truth(new InstanceKey($"r{i - late}", random.Next(2)), Truth(i - late), now, now);
        if (i % 7 == 0) quality.Truth(new InstanceKey($"r{i - late - 5}", 0), Truth(i + 1), now.AddMinutes(1), now);
        quality.Truth(new InstanceKey($"r{i - late}", 1), Truth(i - late), now.AddDays(-1), now);

        Answer Answer() => task == QualityTask.Classification
            ? new Answer(random.Next(3) == 0 ? "b" : "a", 0, [random.NextSingle(), random.NextSingle()])
            : new Answer(null, random.Next(100) / 8.0, null);

        string Truth(int number) => task == QualityTask.Classification ? number % 11 == 0 ? $"new-{number % 2}" : number % 4 == 0 ? "b" : "a" : $"{Math.Abs(number) % 100}";
    }

    private static ModelQuality Begin(QualityOptions options)
    {
        var quality = new ModelQuality("m");
        foreach (var version in new[] { "1", "2" }) Assert.Null(quality.Serve(version, options, []));
        return quality;
    }

    private static ModelQuality Move(ModelQuality quality, QualityOptions options)
    {
        var (answers, counts) = (quality.Save(), quality.SaveCounts());
        var versions = quality.Versions.ToDictionary(version => version, version => (Evidence: quality.Find(version)!.Save(), Counts: quality.SaveCounts(quality.Find(version)!)));
        var moved = ModelQuality.Restore("m", answers).Value;
        moved.ResumeCounts(counts);
        foreach (var (version, state) in versions)
        {
            Assert.Null(moved.Serve(version, options, state.Evidence));
            moved.ResumeCounts(moved.Find(version)!, state.Counts);
        }

        return moved;
    }
}
