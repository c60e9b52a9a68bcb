using System.Globalization;
using Serving.Drift;
using Serving.Drift.Quality;

namespace Serving.Tests.Drift.Quality;

public sealed class QualityMonitorTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 1, 12, 0, 0, TimeSpan.Zero);

    private static readonly QualityOptions Classes = new() { Labels = ["a", "b", "c"], BaselineErrorRate = 0.1, Margin = 0 };

    [Fact]
    public void Report_Classification_HasTheScoresOfTheConfusionMatrix()
    {
        var monitor = Judge(Classes);
        string[] answers = ["a", "a", "b", "b", "c", "c", "c", "a"], truths = ["a", "b", "b", "b", "c", "c", "a", "d"];
        for (var i = 0; i < answers.Length; i++)
            Feed(monitor, i, new Answer(answers[i], 0, null), truths[i]);

        var scores = Report(monitor).SinceLoad;
        Assert.Equal(8, scores.Count);
        Assert.Equal(5 / 8.0, scores.Accuracy!.Value, 1e-12);
        Assert.Equal(((2.0 / 5) + (4.0 / 5) + (4.0 / 5) + 0) / 4, scores.MacroF1!.Value, 1e-12);
        Assert.Equal(["a", "b", "c", "d"], scores.Confusion!.Labels);
        Assert.Equal([1, 0, 1, 0], scores.Confusion.Counts[0]);
        Assert.Equal([1, 2, 0, 0], scores.Confusion.Counts[1]);
        Assert.Null(scores.RootMeanSquareError);
    }

    [Fact]
    public void Report_Scores_GiveTheAreaUnderTheCurve()
    {
        var monitor = Judge(Classes with { Labels = ["no", "yes"] });
        (float Score, string Truth)[] rows = [(0.1f, "no"), (0.35f, "yes"), (0.4f, "no"), (0.8f, "yes"), (0.8f, "no")];
        for (var i = 0; i < rows.Length; i++)
            Feed(monitor, i, new Answer(rows[i].Score > 0.5 ? "yes" : "no", 0, [1 - rows[i].Score, rows[i].Score]), rows[i].Truth);

        // Of six pairs: (.35 over .1), (.8 over .1, .4) are won, (.8 and .8) is a tie, two are lost.
        Assert.Equal(3.5 / 6, Report(monitor).SinceLoad.Auc!.Value, 1e-12);
    }

    [Fact]
    public void Report_Regression_HasItsErrors()
    {
        var monitor = Judge(new QualityOptions { Task = QualityTask.Regression });
        (double Answer, double Truth)[] rows = [(1, 2), (2, 2), (5, 3), (4, 5)];
        for (var i = 0; i < rows.Length; i++)
            Feed(monitor, i, new Answer(null, rows[i].Answer, null), rows[i].Truth.ToString(CultureInfo.InvariantCulture));

        var scores = Report(monitor).Window;
        Assert.Equal(1, scores.MeanAbsoluteError!.Value, 1e-12);
        Assert.Equal(Math.Sqrt(1.5), scores.RootMeanSquareError!.Value, 1e-12);
        Assert.Equal(0, scores.R2!.Value, 1e-12);
        Assert.Null(scores.Accuracy);
        Assert.Equal(LabelOutcome.Refused, monitor.Truth(Key(3), "setosa", Noon, Noon));
    }

    [Fact]
    public void Truth_CorrectedLater_CountsOnceAsTheLastSays()
    {
        var (corrected, straight) = (Judge(Classes), Judge(Classes));
        for (var i = 0; i < 50; i++)
        {
            Feed(corrected, i, new Answer("a", 0, null), i % 2 == 0 ? "b" : "a");
            Feed(straight, i, new Answer("a", 0, null), "a");
        }

        for (var i = 0; i < 50; i += 2)
            Assert.Equal(LabelOutcome.Replaced, corrected.Truth(Key(i), "a", Noon.AddHours(1), Noon.AddHours(1)));

        Assert.Equal(Report(straight).SinceLoad.Accuracy, Report(corrected).SinceLoad.Accuracy);
        Assert.Equal(Report(straight).Window.Accuracy, Report(corrected).Window.Accuracy);
        Assert.Equal(Report(straight).EValue!.Score, Report(corrected).EValue!.Score);
    }

    [Fact]
    public void Report_Window_ForgetsWhatIsOlder()
    {
        var monitor = Judge(Classes with { Window = 100 });
        for (var i = 0; i < 300; i++)
            Feed(monitor, i, new Answer("a", 0, null), i < 200 ? "b" : "a");

        var report = Report(monitor);
        Assert.Equal((100, 1), (report.Window.Count, report.Window.Accuracy));
        Assert.Equal(1 / 3.0, report.SinceLoad.Accuracy!.Value, 1e-12);
    }

    [Fact]
    public void Report_Feedback_ShowsCoverageAndLag()
    {
        var monitor = Judge(Classes);
        for (var i = 0; i < 100; i++)
            monitor.Answer("1", Key(i), new Answer("a", 0, null), Noon);
        for (var i = 0; i < 40; i++)
            monitor.Truth(Key(i), "a", Noon, Noon.AddMinutes(i < 20 ? 1 : 60));

        var feedback = Report(monitor).Feedback;
        Assert.Equal((100, 40, 0.4), (feedback.Answered, feedback.Joined, feedback.Coverage));
        Assert.InRange(feedback.LagMedian!.Value.TotalSeconds, 60, 72);
        Assert.InRange(feedback.LagHigh!.Value.TotalMinutes, 60, 72);
        monitor.Advance(Noon.AddHours(25));
        Assert.Equal(60, Report(monitor).Feedback.Expired);
    }

    [Fact]
    public void Advance_ErrorsBecomeFrequent_RaisesOnceAndClearsAfterAGoodWindow()
    {
        var monitor = Judge(Classes with { Window = 300 });
        var alerts = new List<DriftAlert>();
        var fed = 0;
        void Run(int count, int errorEvery)
        {
            for (var i = 0; i < count; i++, fed++)
            {
                Feed(monitor, fed, new Answer("a", 0, null), i % errorEvery == 0 ? "b" : "a");
                if (Advance(monitor) is { } alert)
                    alerts.Add(alert);
            }
        }

        Run(2_000, 11);
        Assert.Empty(alerts);
        Run(1_000, 4);
        var raised = Assert.Single(alerts);
        Assert.Equal((AlertKind.Quality, AlertState.Raised), (raised.Kind, raised.State));
        Assert.Equal(raised, Report(monitor).Alert);
        Run(600, 12);
        Assert.Equal([AlertState.Raised, AlertState.Cleared], alerts.Select(alert => alert.State));
        Assert.Equal(raised.Id, alerts[1].Id);
        Assert.Null(monitor.Find("1")!.Alert);
    }

    [Fact]
    public void Truth_RateToBeLearned_TakesTheUpperEndOfWhatItSaw()
    {
        var monitor = Judge(new QualityOptions { LearnFrom = 1_000, Margin = 0.02 });
        for (var i = 0; i < 1_000; i++)
        {
            Assert.Null(Report(monitor).BaselineErrorRate);
            Feed(monitor, i, new Answer("a", 0, null), i % 10 == 0 ? "b" : "a");
        }

        // 100 of 1,000: the 95 % interval of Clopper and Pearson ends at 0.1203.
        Assert.Equal(0.1203 + 0.02, Report(monitor).BaselineErrorRate!.Value, 1e-4);
    }

    [Fact]
    public void Truth_RegressionLearned_ErrsWhereItIsFurtherOffThanNineInTen()
    {
        var monitor = Judge(new QualityOptions { Task = QualityTask.Regression, LearnFrom = 200 });
        DriftAlert? alert = null;
        for (var i = 0; i < 900; i++)
        {
            var error = (i % 20) * (i < 400 ? 1 : 2);
            Feed(monitor, i, new Answer(null, error, null), "0");
            alert ??= Advance(monitor);
            Assert.True(i >= 400 || alert is null);
        }

        Assert.NotNull(alert);
    }

    [Fact]
    public void Restore_SavedState_GoesOnAsBefore()
    {
        var monitor = Judge(Classes);
        for (var i = 0; i < 500; i++)
            Feed(monitor, i, new Answer("a", 0, null), i % 3 == 0 ? "b" : "a");
        Assert.NotNull(Advance(monitor));
        monitor.Answer("1", Key(500), new Answer("a", 0, null), Noon);
        var (answers, state) = (monitor.Save(), monitor.Find("1")!.Save());
        var restored = Restore(answers, state, Classes);

        Assert.Equal(monitor.Find("1")!.Alert, restored.Find("1")!.Alert);
        Assert.Equal(monitor.Find("1")!.Events, restored.Find("1")!.Events);
        Assert.Equal(Report(monitor).EValue, Report(restored).EValue);
        Assert.Equal(Report(monitor).Window.Accuracy, Report(restored).Window.Accuracy);
        Assert.Equal(state, restored.Find("1")!.Save());
        Assert.Equal(answers, restored.Save());
        Assert.Equal(LabelOutcome.Joined, restored.Truth(Key(500), "a", Noon, Noon));
        Assert.Equal(LabelOutcome.Joined, monitor.Truth(Key(500), "a", Noon, Noon));

        // A truth of before is corrected in the evidence and the window alike.
        foreach (var one in new[] { monitor, restored })
            Assert.Equal(LabelOutcome.Replaced, one.Truth(Key(0), "a", Noon.AddHours(1), Noon));
        Assert.Equal(Report(monitor).EValue, Report(restored).EValue);
        Assert.Equal(Report(monitor).Window.Accuracy, Report(restored).Window.Accuracy);
        Assert.Equal(1, Report(restored).SinceLoad.Count);
    }

    [Fact]
    public void Restore_StateThatDoesNotFit_BeginsAnew()
    {
        var monitor = Judge(Classes);
        for (var i = 0; i < 100; i++)
            Feed(monitor, i, new Answer("a", 0, null), "a");
        var (answers, state) = (monitor.Save(), monitor.Find("1")!.Save());

        Assert.False(ModelQuality.Restore("m", answers.AsSpan(0, 9)).IsSuccess);
        Assert.NotNull(new ModelQuality("m").Serve("1", Classes, state.AsSpan(0, 9)));
        Assert.NotNull(new ModelQuality("m").Serve("1", new QualityOptions { Task = QualityTask.Regression }, state));
        Assert.Equal(0.3, Report(Restore(answers, state, Classes with { BaselineErrorRate = 0.3 })).BaselineErrorRate);
    }

    [Fact]
    public void Restore_WhileLearning_LearnsOn()
    {
        var options = new QualityOptions { LearnFrom = 200 };
        var monitor = Judge(options);
        for (var i = 0; i < 150; i++)
            Feed(monitor, i, new Answer("a", 0, null), "a");
        var restored = Restore(monitor.Save(), monitor.Find("1")!.Save(), options);
        for (var i = 150; i < 200; i++)
            Feed(restored, i, new Answer("a", 0, null), "a");

        Assert.NotNull(Report(restored).BaselineErrorRate);
    }

    [Fact]
    public void Truth_OfSeveralVersions_CountsForTheOneThatAnswered()
    {
        var monitor = Judge(Classes);
        monitor.Serve("2", Classes, []);
        monitor.Truth(Key(3), "c", Noon, Noon);
        monitor.Answer("1", Key(1), new Answer("a", 0, null), Noon);
        monitor.Answer("2", Key(2), new Answer("a", 0, null), Noon);
        monitor.Answer("2", Key(3), new Answer("b", 0, null), Noon);
        monitor.Truth(Key(1), "a", Noon, Noon);
        monitor.Truth(Key(2), "b", Noon, Noon);

        Assert.Equal((1, 1.0), (Report(monitor).SinceLoad.Count, Report(monitor).SinceLoad.Accuracy));
        Assert.Equal((2, 0.0), (monitor.Report("2")!.SinceLoad.Count, monitor.Report("2")!.SinceLoad.Accuracy));
        monitor.Drop("2");
        Assert.Null(monitor.Report("2"));
        Assert.Equal(LabelOutcome.Replaced, monitor.Truth(Key(2), "c", Noon.AddHours(1), Noon));
    }

    [Fact]
    public void Options_OutOfBounds_AreAllNamed()
    {
        Assert.Empty(new QualityOptions().Faults());
        var faults = string.Join(' ', new QualityOptions { BaselineErrorRate = 2, Window = 1, Capacity = 0 }.Faults());
        foreach (var name in new[] { "'baseline_error_rate'", "'window'", "'capacity'" })
            Assert.Contains(name, faults);
    }

    private static ModelQuality Judge(QualityOptions options)
    {
        var quality = new ModelQuality("m");
        Assert.Null(quality.Serve("1", options, []));
        return quality;
    }

    private static ModelQuality Restore(byte[] answers, byte[] state, QualityOptions options)
    {
        var quality = ModelQuality.Restore("m", answers).Value;
        Assert.Null(quality.Serve("1", options, state));
        return quality;
    }

    private static QualityReport Report(ModelQuality quality) => quality.Report("1")!;

    private static DriftAlert? Advance(ModelQuality quality) => quality.Advance(Noon) is [var change] ? change.Alert : null;

    private static void Feed(ModelQuality monitor, int request, Answer answer, string truth)
    {
        monitor.Answer("1", Key(request), answer, Noon);
        Assert.Equal(LabelOutcome.Joined, monitor.Truth(Key(request), truth, Noon, Noon));
    }

    private static InstanceKey Key(int request) => new("r" + request, 0);
}
