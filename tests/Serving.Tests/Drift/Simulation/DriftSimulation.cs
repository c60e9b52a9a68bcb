using Serving.Drift;
using Serving.Drift.Baselines;
using Serving.Drift.Monitoring;
using Serving.Drift.Panes;

namespace Serving.Tests.Drift.Simulation;

/// <summary>Runs the machine on simulated traffic: how often it alarms on nothing, how fast it finds something.</summary>
internal static class DriftSimulation
{
    /// <summary>Rows of a pane in the sequential simulations; a window is five panes.</summary>
    public const int PaneRows = 100;

    /// <summary>The level per pane in the sequential simulations.</summary>
    public const double Level = 1e-4;

    /// <summary>The share of single windows, from the same law as the baseline, with a p-value at most this.</summary>
    public static double FalseAlarms(Law law, int reference, int rows, int baselines, int windows, double level, int seed, bool inFull = false)
    {
        var random = new Random(seed);
        var alarms = 0;
        for (var b = 0; b < baselines; b++)
        {
            var feature = SimulatedFeature.Draw(law, reference, random);
            for (var w = 0; w < windows; w++)
                alarms += P(feature, feature.Window(law, rows, random).Bins(), inFull) <= level ? 1 : 0;
        }

        return alarms / (double)(baselines * windows);
    }

    /// <summary>The same for autocorrelated traffic, whose baseline is in time order.</summary>
    public static double FalseAlarmsAutocorrelated(
        double correlation, int reference, int rows, int baselines, int windows, double level, int seed)
    {
        var alarms = 0;
        for (var b = 0; b < baselines; b++)
        {
            var traffic = Draws.Autoregressive(seed + b, reference + (windows * rows), correlation);
            var feature = SimulatedFeature.Numeric(traffic[..reference], inTimeOrder: true);
            for (var w = 0; w < windows; w++)
            {
                var counts = new FeatureCounts(feature.Baseline.Counts.Length);
                for (var i = 0; i < rows; i++)
                    feature.Add(counts, traffic[reference + (w * rows) + i]);
                alarms += P(feature, counts.Bins) <= level ? 1 : 0;
            }
        }

        return alarms / (double)(baselines * windows);
    }

    /// <summary>p-values of single windows, each against a baseline of normal data, a new one every so many windows.</summary>
    public static double[] PValues(Law law, int reference, int rows, int windows, int windowsPerBaseline, int seed, bool inFull = false)
    {
        var random = new Random(seed);
        var values = new double[windows];
        SimulatedFeature feature = null!;
        for (var w = 0; w < windows; w++)
        {
            if (w % windowsPerBaseline == 0)
                feature = SimulatedFeature.Draw(Law.Normal, reference, random);
            values[w] = P(feature, feature.Window(law, rows, random).Bins(), inFull);
        }

        return values;
    }

    /// <summary>
    /// Quiet traffic through the looks of the machine, at the level above: how many looks would alert, by p-value alone and with the
    /// floor of materiality, out of how many; and how many runs saw the slow channel at 1,000.
    /// </summary>
    public static (int ByLevel, int WithFloor, int SlowRuns, int Looks) QuietRuns(int reference, int panes, int runs, int seed)
    {
        var random = new Random(seed);
        int byLevel = 0, withFloor = 0, slow = 0;
        for (var run = 0; run < runs; run++)
        {
            var feature = SimulatedFeature.Draw(Law.Normal, reference, random);
            var watch = new FeatureWatch(0, feature.Baseline, new DriftOptions());
            var history = new PaneHistory();
            var sawSlow = false;
            for (var p = 0; p < panes; p++)
            {
                var pane = new Pane(p, default, default, PaneRows, [feature.Window(Law.Normal, PaneRows, random)]);
                watch.Add(pane, history);
                history.Add(pane);
                watch.LookAt(history);
                byLevel += watch.Looks[0].P <= Level ? 1 : 0;
                withFloor += watch.Looks[0].TicketP <= Level ? 1 : 0;
                sawSlow |= watch.LogE >= Math.Log(1000);
            }

            slow += sawSlow ? 1 : 0;
        }

        return (byLevel, withFloor, slow, panes * runs);
    }

    /// <summary>
    /// Rows from the change to the alert of the whole machine, by run; the change is there after so many quiet panes. A run that
    /// alerts before that is drawn anew.
    /// </summary>
    public static int[] Delays(Law changed, int reference, int quietPanes, int runs, int seed)
    {
        var delays = new List<int>();
        while (delays.Count < runs)
            if (Delay(changed, reference, quietPanes, new Random(seed++)) is { } delay)
                delays.Add(delay);
        return [.. delays];
    }

    private static int? Delay(Law changed, int reference, int quietPanes, Random random)
    {
        var feature = SimulatedFeature.Draw(Law.Normal, reference, random);
        var monitor = new DriftMonitor("m", "1", new Baseline([feature.Baseline]), Options(feature));
        var now = new DateTimeOffset(2026, 11, 1, 0, 0, 0, TimeSpan.Zero);
        for (var p = 0; p < quietPanes + 200; p++)
        {
            var counts = feature.Window(p < quietPanes ? Law.Normal : changed, PaneRows, random);
            var key = new PaneKey("1", monitor.Baseline.Hash, now, "node", 0);
            now += TimeSpan.FromMinutes(1);
            monitor.Offer(new PaneSummary(key, now, true, PaneRows, [counts]));
            if (monitor.Advance(now).Any(alert => alert.Kind == AlertKind.Drift))
                return p < quietPanes ? null : (p - quietPanes + 1) * PaneRows;
        }

        return int.MaxValue;
    }

    /// <summary>The share of runs in which the e-process ever reached a value in quiet traffic, looked at after every hundred rows.</summary>
    /// <param name="uncapped">The e-process itself; otherwise as the machine uses it, which never counts more than a quarter of the baseline.</param>
    public static double EvidenceReached(double value, int reference, int rows, int runs, bool uncapped, int seed)
    {
        var random = new Random(seed);
        var reached = 0;
        for (var run = 0; run < runs; run++)
        {
            var feature = SimulatedFeature.Draw(Law.Normal, reference, random);
            var counts = new FeatureCounts(feature.Baseline.Counts.Length);
            for (var i = 0; i < rows; i++)
            {
                feature.Add(counts, Law.Normal.Draw(random));
                if (i % PaneRows != PaneRows - 1)
                    continue;
                var logE = uncapped ? feature.Baseline.Law.LogE(counts.Bins, 1) : FeatureTests.LogE(feature.Baseline, counts.Bins);
                if (logE < Math.Log(value))
                    continue;
                reached++;
                break;
            }
        }

        return reached / (double)runs;
    }

    /// <summary>The budget under which every one-minute pane is looked at with <see cref="Level"/>.</summary>
    private static DriftOptions Options(SimulatedFeature feature)
    {
        var tests = FeatureTests.KindsOf(feature.Baseline).Length;
        return new DriftOptions { FalseAlerts = Level * tests * (DriftOptions.BudgetPeriod / TimeSpan.FromMinutes(1)) };
    }

    private static double P(SimulatedFeature feature, long[] bins, bool inFull = false) =>
        FeatureTests.Drift(feature.Baseline, bins, 100, inFull: inFull).P;
}
