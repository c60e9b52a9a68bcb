using System.Globalization;
using Serving.Drift.Baselines;
using Serving.Drift.Panes;
using Serving.Drift.Statistics;

namespace Serving.Drift.Monitoring;

/// <summary>Turns a window into the document that is shown.</summary>
internal static class DriftReporter
{
    /// <summary>Mean of the Kolmogorov distribution: what D times the root of the effective size is on average.</summary>
    private const double KolmogorovMean = 0.8687;

    /// <summary>
    /// A window this unlikely is not called quiet, however little a look at it is worth of the budget: traffic that comes fast is looked at
    /// often, at a lower level each time.
    /// </summary>
    private const double Doubtful = 1e-6;

    /// <summary>Largest logarithm whose exponential is still a number.</summary>
    private const double LargestLog = 690;

    public static DriftWindow Report(WindowRecord window, bool open, Baseline baseline, DriftOptions options)
    {
        var features = new FeatureReport[baseline.Features.Length];
        var drifted = 0;
        for (var f = 0; f < features.Length; f++)
        {
            features[f] = Report(baseline.Features[f], window.Features[f], window.Verdicts[f], window.Level, options.For(baseline.Features[f].Kind, features.Length));
            drifted += features[f].State == FeatureState.Drifted ? 1 : 0;
        }

        return new DriftWindow(window.Start, window.End, window.Count, open, features.Length == 0 ? 0 : drifted / (double)features.Length, features);
    }

    private static FeatureReport Report(
        FeatureBaseline baseline, FeatureCounts counts, WindowVerdict verdict, double level, DriftOptions options)
    {
        long[] reference = baseline.Shown.Sum(baseline.Counts), current = baseline.Shown.Sum(counts.Bins);
        var metrics = new Dictionary<string, DriftMetric>();
        if (verdict.Look.Tested)
        {
            metrics["p"] = new DriftMetric(verdict.Look.P, level);
            metrics["effect"] = new DriftMetric(verdict.Look.Effect, options.TicketEffect);
            metrics["e_value"] = new DriftMetric(Math.Exp(Math.Min(verdict.LogE, LargestLog)), options.EValue);
        }

        if (counts.Binned > 0 && baseline.Binned > 0)
            AddDistances(metrics, baseline, counts, reference, current, options);

        var numeric = baseline as NumericBaseline;
        var (mean, deviation) = numeric is not null && counts.Binned > 0
            ? counts.Moments(numeric.Bins.Center, numeric.Bins.Unit)
            : (double.NaN, double.NaN);
        var reason = verdict.State switch
        {
            FeatureState.Insufficient => WhyNotTested(baseline, counts, options),
            FeatureState.Ok => WhyNotTold(baseline, counts, level, options),
            _ => null,
        };
        return new FeatureReport(baseline.Name, baseline.Kind, counts.Rows, counts.Missing, reason is null ? verdict.State : FeatureState.Insufficient, metrics,
            double.IsFinite(mean) ? mean : null, double.IsFinite(deviation) ? deviation : null,
            Histogram(baseline, reference, current)) { Reason = reason };
    }

    private static string WhyNotTested(FeatureBaseline baseline, FeatureCounts counts, DriftOptions options)
    {
        var least = Math.Max(options.LeastCount, baseline.Law.LeastCount);
        if (baseline.Binned < FeatureTests.LeastRows)
            return $"its baseline has {baseline.Binned} values, and with fewer than {FeatureTests.LeastRows} nothing can be compared: give it a larger one, {Baseline.LeastRows} rows and more";
        return counts.Binned < least
            ? $"{counts.Binned} values were seen, and a test needs {least}: panes are pooled until they have as many"
            : "no pane of this window has closed yet";
    }

    /// <summary>Why a feature that is not called drifted cannot be called quiet either; null where it can.</summary>
    private static string? WhyNotTold(FeatureBaseline baseline, FeatureCounts counts, double level, DriftOptions options)
    {
        if (!FeatureTests.CountsInPart(baseline, counts.Binned)) return null;
        var full = FeatureTests.Drift(baseline, counts.Bins, options.LeastCount, inFull: true);
        return full.P <= Math.Max(level, Doubtful) && full.Effect >= options.TicketEffect
            ? string.Create(CultureInfo.InvariantCulture,
                $"its {full.Count} values differ from the baseline's (p {full.P:g2}), but so may another part of the same data while the baseline has only {baseline.Binned} values: give it a larger one")
            : null;
    }

    private static void AddDistances(
        Dictionary<string, DriftMetric> metrics, FeatureBaseline baseline, FeatureCounts counts, long[] reference, long[] current, DriftOptions options)
    {
        double m = baseline.Binned, n = counts.Binned;
        var bins = 0;
        for (var i = 0; i < reference.Length; i++)
            bins += reference[i] + current[i] > 0 ? 1 : 0;
        var psi = Divergence.NullPsi(bins, m, n);
        if (Shows("psi")) metrics["psi"] = new DriftMetric(Divergence.Psi(reference, current), Null: psi);
        if (Shows("js")) metrics["js"] = new DriftMetric(Divergence.JensenShannonDistance(reference, current), Null: Math.Sqrt(psi / 8 / Math.Log(2)));
        if (baseline is not NumericBaseline numeric)
            return;

        if (Shows("ks"))
            metrics["ks"] = new DriftMetric(Divergence.KolmogorovBound(baseline.Counts, counts.Bins), Null: KolmogorovMean * Math.Sqrt((1 / m) + (1 / n)));
        if (!Shows("w1"))
            return;
        var deviation = numeric.Totals.Deviation > 0 ? numeric.Totals.Deviation : numeric.Bins.Unit;
        var distance = BinnedWasserstein.Distance(numeric.Bins.Edges, numeric.Counts, numeric.Bins.Minimum, numeric.Bins.Maximum,
            counts.Bins, counts.Minimum, counts.Maximum) / deviation;
        var expected = BinnedWasserstein.NullDistance(numeric.Bins.Edges, numeric.Counts, numeric.Bins.Minimum, numeric.Bins.Maximum, n) / deviation;
        if (double.IsFinite(distance))
            metrics["w1"] = new DriftMetric(distance, Null: double.IsFinite(expected) ? expected : null);

        bool Shows(string distance) => options.Shows(baseline.Kind, distance);
    }

    private static FeatureHistogram Histogram(FeatureBaseline baseline, long[] reference, long[] current) => new(
        baseline is NumericBaseline numeric ? numeric.Bins.Deciles : [],
        baseline is CategoricalBaseline categorical ? [.. categorical.Categories, "(other)"] : [],
        Shares(reference), Shares(current));

    private static double[] Shares(long[] counts)
    {
        double total = Math.Max(1, Divergence.Total(counts));
        return Array.ConvertAll(counts, count => count / total);
    }
}
