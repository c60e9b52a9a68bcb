using Serving.Drift.Panes;
using Serving.Drift.Quality;

namespace Serving.Tests.Drift.Quality;

public sealed class LossEvidenceTests
{
    [Fact]
    public void LogE_EveryOutcomeAtTheAllowedRate_HasMeanOne()
    {
        // 150 truths: so the second start is in it too. Its outcome is summed over the errors of both panes.
        const double Rate = 0.1;
        double mean = 0;
        for (var first = 0; first <= 100; first++)
        {
            for (var second = 0; second <= 50; second++)
                mean += Binomial(100, first, Rate) * Binomial(50, second, Rate) * Math.Exp(Evidence(first, second).LogE());
        }

        Assert.Equal(1, mean, 1e-9);
    }

    [Fact]
    public void LogE_BadPresentAfterALongGoodPast_ShowsWithinAThousandTruths()
    {
        var evidence = new LossEvidence(0.1);
        for (var i = 0; i < 20_000; i++)
            evidence.Add(i % 20 == 0);
        Assert.True(evidence.LogE() < 0);
        for (var i = 0; i < 1_000; i++)
            evidence.Add(i % 5 == 0);

        Assert.True(evidence.LogE() > Math.Log(1000));
    }

    [Fact]
    public void Correct_ErrorThatWasNone_IsAsIfItHadNeverBeen()
    {
        var (corrected, right) = (new LossEvidence(0.1), new LossEvidence(0.1));
        for (var i = 0; i < 350; i++)
        {
            var pane = corrected.Add(i % 7 == 0 || i == 110);
            right.Add(i % 7 == 0);
            if (i == 110)
                Assert.Equal(1, pane);
        }

        corrected.Correct(1, true, false);
        Assert.Equal(right.LogE(), corrected.LogE());
    }

    [Fact]
    public void Write_ManyPanes_ReadsBackTheSame()
    {
        var evidence = new LossEvidence(0.2);
        for (var i = 0; i < 40_000; i++)
            evidence.Add(i % 6 == 0);
        var state = new StateWriter();
        evidence.Write(state);
        var reader = new StateReader(state.ToArray());
        var read = LossEvidence.Read(ref reader);

        Assert.Equal(evidence.LogE(), read.LogE());
        Assert.Equal((evidence.Truths, evidence.Errors), (read.Truths, read.Errors));
    }

    private static LossEvidence Evidence(int first, int second)
    {
        var evidence = new LossEvidence(0.1);
        for (var i = 0; i < 100; i++)
            evidence.Add(i < first);
        for (var i = 0; i < 50; i++)
            evidence.Add(i < second);
        return evidence;
    }

    private static double Binomial(int n, int k, double p)
    {
        var log = (k * Math.Log(p)) + ((n - k) * Math.Log(1 - p));
        for (var i = 1; i <= k; i++)
            log += Math.Log(n - i + 1) - Math.Log(i);
        return Math.Exp(log);
    }
}
