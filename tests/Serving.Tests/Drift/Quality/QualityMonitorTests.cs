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
        var monitor = new QualityMonitor("m", "1", Classes);
        string[] answers = ["a", "a", "b", "b", "c", "c", "c", "a"], truths = ["a", "b", "b", "b", "c", "c", "a", "d"];
        for (var i = 0; i < answers.Length; i++)
            Feed(monitor, i, new Answer(answers[i], 0, null), truths[i]);

        var scores = monitor.Report().SinceLoad;
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
        var monitor = new QualityMonitor("m", "1", Classes with { Labels = ["no", "yes"] });
        (float Score, string Truth)[] rows = [(0.1f, "no"), (0.35f, "yes"), (0.4f, "no"), (0.8f, "yes"), (0.8f, "no")];
        for (var i = 0; i < rows.Length; i++)
            Feed(monitor, i, new Answer(rows[i].Score > 0.5 ? "yes" : "no", 0, [1 - rows[i].Score, rows[i].Score]), rows[i].Truth);

        // Of six pairs: (.35 over .1), (.8 over .1, .4) are won, (.8 and .8) is a tie, two are lost.
        Assert.Equal(3.5 / 6, monitor.Report().SinceLoad.Auc!.Value, 1e-12);
    }

    [Fact]
    public void Report_Regression_HasItsErrors()
    {
        var monitor = new QualityMonitor("m", "1", new QualityOptions { Task = QualityTask.Regression });
        (double Answer, double Truth)[] rows = [(1, 2), (2, 2), (5, 3), (4, 5)];
        for (var i = 0; i < rows.Length; i++)
            Feed(monitor, i, new Answer(null, rows[i].Answer, null), rows[i].Truth.ToString(CultureInfo.InvariantCulture));

        var scores = monitor.Report().Window;
        Assert.Equal(1, scores.MeanAbsoluteError!.Value, 1e-12);
        Assert.Equal(Math.Sqrt(1.5), scores.RootMeanSquareError!.Value, 1e-12);
        Assert.Equal(0, scores.R2!.Value, 1e-12);
        Assert.Null(scores.Accuracy);
        Assert.Equal(LabelOutcome.Refused, monitor.Truth(Key(9), "setosa", Noon, Noon));
    }

    [Fact]
    public void Truth_CorrectedLater_CountsOnceAsTheLastSays()
    {
        var (corrected, straight) = (new QualityMonitor("m", "1", Classes), new QualityMonitor("m", "1", Classes));
        for (var i = 0; i < 50; i++)
        {
            Feed(corrected, i, new Answer("a", 0, null), i % 2 == 0 ? "b" : "a");
            Feed(straight, i, new Answer("a", 0, null), "a");
        }

        for (var i = 0; i < 50; i += 2)
            Assert.Equal(LabelOutcome.Replaced, corrected.Truth(Key(i), "a", Noon.AddHours(1), Noon.AddHours(1)));

        Assert.Equal(straight.Report().SinceLoad.Accuracy, corrected.Report().SinceLoad.Accuracy);
        Assert.Equal(straight.Report().Window.Accuracy, corrected.Report().Window.Accuracy);
        Assert.Equal(straight.Report().EValue!.Score, corrected.Report().EValue!.Score);
    }

    [Fact]
    public void Report_Window_ForgetsWhatIsOlder()
    {
        var monitor = new QualityMonitor("m", "1", Classes with { Window = 100 });
        for (var i = 0; i < 300; i++)
            Feed(monitor, i, new Answer("a", 0, null), i < 200 ? "b" : "a");

        var report = monitor.Report();
        Assert.Equal((100, 1), (report.Window.Count, report.Window.Accuracy));
        Assert.Equal(1 / 3.0, report.SinceLoad.Accuracy!.Value, 1e-12);
    }

    [Fact]
    public void Report_Feedback_ShowsCoverageAndLag()
    {
        var monitor = new QualityMonitor("m", "1", Classes);
        for (var i = 0; i < 100; i++)
            monitor.Answer(Key(i), new Answer("a", 0, null), Noon);
        for (var i = 0; i < 40; i++)
            monitor.Truth(Key(i), "a", Noon, Noon.AddMinutes(i < 20 ? 1 : 60));

        var feedback = monitor.Report().Feedback;
        Assert.Equal((100, 40, 0.4), (feedback.Answered, feedback.Joined, feedback.Coverage));
        Assert.InRange(feedback.LagMedian!.Value.TotalSeconds, 60, 72);
        Assert.InRange(feedback.LagHigh!.Value.TotalMinutes, 60, 72);
        monitor.Advance(Noon.AddHours(25));
        Assert.Equal(60, monitor.Report().Feedback.Expired);
    }

    [Fact]
    public void Advance_ErrorsBecomeFrequent_RaisesOnceAndClearsAfterAGoodWindow()
    {
        var monitor = new QualityMonitor("m", "1", Classes with { Window = 300 });
        var alerts = new List<DriftAlert>();
        var fed = 0;
        void Run(int count, int errorEvery)
        {
            for (var i = 0; i < count; i++, fed++)
            {
                Feed(monitor, fed, new Answer("a", 0, null), i % errorEvery == 0 ? "b" : "a");
                if (monitor.Advance(Noon) is { } alert)
                    alerts.Add(alert);
            }
        }

        Run(2_000, 11);
        Assert.Empty(alerts);
        Run(1_000, 4);
        var raised = Assert.Single(alerts);
        Assert.Equal((AlertKind.Quality, AlertState.Raised), (raised.Kind, raised.State));
        Assert.Equal(raised, monitor.Report().Alert);
        Run(600, 12);
        Assert.Equal([AlertState.Raised, AlertState.Cleared], alerts.Select(alert => alert.State));
        Assert.Equal(raised.Id, alerts[1].Id);
        Assert.Null(monitor.Alert);
    }

    [Fact]
    public void Truth_RateToBeLearned_TakesTheUpperEndOfWhatItSaw()
    {
        var monitor = new QualityMonitor("m", "1", new QualityOptions { LearnFrom = 1_000, Margin = 0.02 });
        for (var i = 0; i < 1_000; i++)
        {
            Assert.Null(monitor.Report().BaselineErrorRate);
            Feed(monitor, i, new Answer("a", 0, null), i % 10 == 0 ? "b" : "a");
        }

        // 100 of 1,000: the 95 % interval of Clopper and Pearson ends at 0.1203.
        Assert.Equal(0.1203 + 0.02, monitor.Report().BaselineErrorRate!.Value, 1e-4);
    }

    [Fact]
    public void Truth_RegressionLearned_ErrsWhereItIsFurtherOffThanNineInTen()
    {
        var monitor = new QualityMonitor("m", "1", new QualityOptions { Task = QualityTask.Regression, LearnFrom = 200 });
        DriftAlert? alert = null;
        for (var i = 0; i < 900; i++)
        {
            var error = (i % 20) * (i < 400 ? 1 : 2);
            Feed(monitor, i, new Answer(null, error, null), "0");
            alert ??= monitor.Advance(Noon);
            Assert.True(i >= 400 || alert is null);
        }

        Assert.NotNull(alert);
    }

    [Fact]
    public void Restore_SavedState_KeepsRateEvidenceAndAlert()
    {
        var monitor = new QualityMonitor("m", "1", Classes);
        for (var i = 0; i < 500; i++)
            Feed(monitor, i, new Answer("a", 0, null), i % 3 == 0 ? "b" : "a");
        monitor.Advance(Noon);
        var restored = QualityMonitor.Restore("m", "1", Classes, monitor.Save()).Value;

        Assert.NotNull(monitor.Alert);
        Assert.Equal(monitor.Alert, restored.Alert);
        Assert.Equal(monitor.Report().EValue, restored.Report().EValue);
        Assert.False(QualityMonitor.Restore("m", "1", Classes, monitor.Save().AsSpan(0, 9)).IsSuccess);
        Assert.Equal(0.3, QualityMonitor.Restore("m", "1", Classes with { BaselineErrorRate = 0.3 }, monitor.Save()).Value.Report().BaselineErrorRate);
    }

    [Fact]
    public void Options_OutOfBounds_AreAllNamed()
    {
        Assert.Empty(new QualityOptions().Faults());
        var faults = string.Join(' ', new QualityOptions { BaselineErrorRate = 2, Window = 1, Capacity = 0 }.Faults());
        foreach (var name in new[] { "'baseline_error_rate'", "'window'", "'capacity'" })
            Assert.Contains(name, faults);
    }

    private static void Feed(QualityMonitor monitor, int request, Answer answer, string truth)
    {
        monitor.Answer(Key(request), answer, Noon);
        Assert.Equal(LabelOutcome.Joined, monitor.Truth(Key(request), truth, Noon, Noon));
    }

    private static InstanceKey Key(int request) => new("r" + request, 0);
}
