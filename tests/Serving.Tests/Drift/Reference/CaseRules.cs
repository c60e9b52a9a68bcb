using System.Text.Json;
using Serving.Drift.Statistics;
using Serving.Routing.Rollouts;

namespace Serving.Tests.Drift.Reference;

/// <summary>By the name a case expects it under, every value and how it is computed: by the product where the product has it.</summary>
internal static class CaseRules
{
    /// <summary>Bins between order statistics, for any shape and for shift and scale.</summary>
    private const int Coarse = 10;
    private const int Fine = 40;

    /// <summary>All values of a case. A value that does not exist for its samples is null.</summary>
    public static Dictionary<string, Func<object?>> For(DriftCase drift) => drift switch
    {
        { CanaryKind: "canary_error_rate" } => CanaryErrors(drift),
        { CanaryKind: "canary_latency" } => CanaryLatency(drift),
        { IsNumeric: true } => Numeric(drift),
        _ => Categorical(drift),
    };

    private static Dictionary<string, Func<object?>> Numeric(DriftCase drift)
    {
        var (reference, referenceCounts) = Read(drift.Reference);
        var (current, currentCounts) = Read(drift.Current);
        var rules = new Dictionary<string, Func<object?>>
        {
            ["reference_counts"] = () => referenceCounts,
            ["current_counts"] = () => currentCounts,
            ["reference_null_fraction"] = () => Missing(referenceCounts),
            ["current_null_fraction"] = () => Missing(currentCounts),
        };
        if (reference.Length == 0 || current.Length == 0)
            return Insufficient(rules, drift);

        double[] r = RawData.Sorted(reference), c = RawData.Sorted(current);
        AddDistances(rules, reference, current, r, c);
        AddQuantileBins(rules, r, c);
        AddOrderStatistics(rules, r, c);
        return rules;
    }

    private static void AddDistances(
        Dictionary<string, Func<object?>> rules, double[] reference, double[] current, double[] r, double[] c)
    {
        rules["ks_statistic"] = () => KolmogorovSmirnov.Statistic(r, c);
        rules["ks_pvalue_auto"] = () => KolmogorovSmirnov.ExactP(r, c);
        rules["ks_pvalue_asymp"] = () => KolmogorovSmirnov.AsymptoticP(r, c);
        rules["ks_pvalue_kolmogorov"] = () => KolmogorovSmirnov.LimitP(r, c);
        rules["wasserstein"] = () => Wasserstein.Distance(r, c);
        rules["wasserstein_norm"] = () => Wasserstein.Normed(reference, current);
        rules["linf_robust_deequ"] = () => ProductRules.DeequRobust(r, c);
        rules["psi_evidently"] = () => ProductRules.Evidently(reference, current).Psi;
        rules["js_evidently_natural"] = () => ProductRules.Evidently(reference, current).JensenShannon;
        rules["js_nannyml_base2"] = () => ProductRules.NannyMl(reference, current);
        rules["psi_azure"] = () => ProductRules.Azure(reference, current);
        rules["evidently_default"] = () => Verdict(ProductRules.EvidentlyDefault(reference, current));
        rules["current_mean"] = () => RawData.Mean(current);
        rules["current_var_pop"] = () => RawData.PopulationVariance(current);
        rules["current_min"] = () => c[0];
        rules["current_max"] = () => c[^1];
    }

    private static void AddQuantileBins(Dictionary<string, Func<object?>> rules, double[] r, double[] c)
    {
        double[] edges = QuantileBins.Deciles(r), atoms = QuantileBins.AtomAwareDeciles(r);
        long[] p = Bins.Count(edges, r), q = Bins.Count(edges, c);
        rules["q10_edges"] = () => edges;
        rules["q10_reference_counts"] = () => p;
        rules["q10_current_counts"] = () => q;
        rules["psi_q10"] = () => Divergence.Psi(p, q);
        rules["js_divergence_q10_base2"] = () => Divergence.JensenShannon(p, q);
        rules["js_distance_q10_base2"] = () => Divergence.JensenShannonDistance(p, q);
        rules["hellinger_q10"] = () => Divergence.Hellinger(p, q);
        AddChiSquare(rules, "chi2_q10", p, q);
        rules["q10a_edges"] = () => atoms;
        rules["q10a_current_counts"] = () => Bins.Count(atoms, c);
        rules["psi_q10a"] = () => Divergence.Psi(Bins.Count(atoms, r), Bins.Count(atoms, c));
    }

    private static void AddOrderStatistics(Dictionary<string, Func<object?>> rules, double[] r, double[] c)
    {
        if (r.Length < Coarse)
            return;

        var coarse = OrderStatisticLaw.FromSorted(r, Coarse);
        var ten = Bins.Count(coarse.Edges, c);
        var unit = (1.0 / c.Length) + (1.0 / coarse.Weight);
        var evidence = new DirichletEvidence(Array.ConvertAll(coarse.Alpha, a => (double)a));
        rules["os10_edges"] = () => coarse.Edges;
        rules["os10_alpha"] = () => coarse.Alpha;
        rules["os10_current_counts"] = () => ten;
        rules["chi2_os10_statistic"] = () => coarse.AnyShape(ten).Value / unit;
        rules["chi2_os10_pvalue"] = () => Tail.ChiSquare(coarse.AnyShape(ten).Value / unit, Coarse - 1);
        rules["log_e_dm10"] = () => evidence.LogE(ten);
        if (r.Length < Fine)
            return;

        var fine = OrderStatisticLaw.FromSorted(r, Fine);
        var forty = Bins.Count(fine.Edges, c);
        rules["os40_current_counts"] = () => forty;
        rules["smooth2_statistic"] = () => fine.Smooth(forty).Value / unit;
        rules["smooth2_pvalue"] = () => Tail.ChiSquare(fine.Smooth(forty).Value / unit, 2);
    }

    private static void AddChiSquare(Dictionary<string, Func<object?>> rules, string name, long[] p, long[] q)
    {
        var discrepancy = new TwoSampleTest(p).Compare(q);
        var statistic = discrepancy.Value / ((1.0 / p.Sum()) + (1.0 / q.Sum()));
        rules[name + "_statistic"] = () => statistic;
        rules[name + "_dof"] = () => discrepancy.Degrees;
        rules[name + "_pvalue"] = () => discrepancy.Degrees == 0 ? 1 : Tail.ChiSquare(statistic, discrepancy.Degrees);
    }

    private static Dictionary<string, Func<object?>> Categorical(DriftCase drift)
    {
        string[] reference = Texts(drift.Reference), current = Texts(drift.Current);
        var rules = new Dictionary<string, Func<object?>>
        {
            ["reference_null_fraction"] = () => 1 - (reference.Length / (double)drift.Reference.Length),
            ["current_null_fraction"] = () => 1 - (current.Length / (double)drift.Current.Length),
        };
        if (reference.Length == 0 || current.Length == 0)
            return Insufficient(rules, drift);

        string[] categories = [.. reference.Union(current).Order(StringComparer.Ordinal)];
        var p = Array.ConvertAll(categories, category => reference.LongCount(x => x == category));
        var q = Array.ConvertAll(categories, category => current.LongCount(x => x == category));
        double m = p.Sum(), n = q.Sum();
        double[] gaps = [.. p.Zip(q, (a, b) => Math.Abs((a / m) - (b / n)))];
        rules["categories"] = () => categories;
        rules["reference_category_counts"] = () => p;
        rules["current_category_counts"] = () => q;
        AddChiSquare(rules, "chi2", p, q);
        rules["chi2_yates_statistic"] = () => Yates(p, q);
        rules["chi2_yates_pvalue"] = () => Tail.ChiSquare(Yates(p, q), 1);
        rules["psi"] = () => Divergence.Psi(p, q);
        rules["js_distance_base2"] = () => Divergence.JensenShannonDistance(p, q);
        rules["js_divergence_base2"] = () => Divergence.JensenShannon(p, q);
        rules["hellinger"] = () => Divergence.Hellinger(p, q);
        rules["linf"] = () => gaps.Max();
        rules["total_variation"] = () => gaps.Sum() / 2;
        rules["unseen_fraction"] = () => q.Where((_, i) => p[i] == 0).Sum() / n;
        rules["unseen_categories"] = () => categories.Where((_, i) => p[i] == 0).ToArray();
        rules["missing_categories"] = () => categories.Where((_, i) => q[i] == 0).ToArray();
        rules["psi_evidently"] = () => ProductRules.Evidently(p, q, reference.Length, current.Length).Psi;
        rules["js_evidently_natural"] = () => ProductRules.Evidently(p, q, reference.Length, current.Length).JensenShannon;
        rules["evidently_default"] = () => Verdict(ProductRules.EvidentlyCategorical(p, q, reference.Length, current.Length));
        return rules;
    }

    private static Dictionary<string, Func<object?>> CanaryErrors(DriftCase drift)
    {
        Assert.Equal([1.1, 1.25, 1.5, 2, 3, 5, 10], Numbers(drift, "ratios"));
        string[] baseline = Texts(drift.Reference), canary = Texts(drift.Current);
        var stage = new EventStage(drift.Parameters.GetProperty("rho").GetDouble(),
            canary.LongCount(x => x == "err"), canary.Length, baseline.LongCount(x => x == "err"), baseline.Length);
        return Canary(stage.StableEvents, stage.CanaryEvents, "errors", EventEProcess.LogEvidence([stage], 0, EventEProcess.EvenWeights));
    }

    private static Dictionary<string, Func<object?>> CanaryLatency(DriftCase drift)
    {
        Assert.Equal([0.05, 0.1, 0.2, 0.4, 0.8], Numbers(drift, "thetas"));
        Assert.Equal([1.25, 1.5, 2, 3, 5], Numbers(drift, "tail_factors"));
        var edges = Numbers(drift, "edges");
        var stage = new LatencyStage(drift.Parameters.GetProperty("rho").GetDouble(),
            Bins.Count(edges, Read(drift.Current).Finite), Bins.Count(edges, Read(drift.Reference).Finite));
        return Canary(stage.Stable, stage.Canary, "counts", LatencyEProcess.LogEvidence(Numbers(drift, "pi"), [stage]));
    }

    private static Dictionary<string, Func<object?>> Canary(object baseline, object canary, string what, double logE) => new()
    {
        ["baseline_" + what] = () => baseline,
        ["canary_" + what] = () => canary,
        ["log_e"] = () => logE,
        ["stop_at_alpha_0p01"] = () => logE >= Math.Log(100),
    };

    /// <summary>With nothing to compare there is a verdict and no other value.</summary>
    private static Dictionary<string, Func<object?>> Insufficient(Dictionary<string, Func<object?>> rules, DriftCase drift)
    {
        foreach (var property in drift.Expected.EnumerateObject())
            rules.TryAdd(property.Name, () => null);
        rules["verdict"] = () => "insufficient_data";
        return rules;
    }

    private static Dictionary<string, object> Verdict((string Method, double Score, double Threshold, bool Drifted) verdict) => new()
    {
        ["method"] = verdict.Method,
        ["score"] = verdict.Score,
        ["threshold"] = verdict.Threshold,
        ["drifted"] = verdict.Drifted,
    };

    private static double Yates(long[] p, long[] q)
    {
        double m = p.Sum(), n = q.Sum(), sum = 0;
        for (var i = 0; i < p.Length; i++)
        {
            foreach (var (count, total) in new[] { (p[i], m), (q[i], n) })
            {
                var expected = (p[i] + q[i]) * total / (m + n);
                var gap = Math.Abs(count - expected);
                gap -= Math.Min(0.5, gap);
                sum += gap * gap / expected;
            }
        }

        return sum;
    }

    private static double Missing(Dictionary<string, object> counts) =>
        ((int)counts["null"] + (int)counts["nan"]) / (double)(int)counts["n"];

    private static (double[] Finite, Dictionary<string, object> Counts) Read(JsonElement[] items)
    {
        var values = Array.ConvertAll(items, item => item.ValueKind switch
        {
            JsonValueKind.Null => (double?)null,
            JsonValueKind.String => item.GetString() switch
            {
                "Infinity" => double.PositiveInfinity,
                "-Infinity" => double.NegativeInfinity,
                _ => double.NaN,
            },
            _ => item.GetDouble(),
        });
        double[] finite = [.. values.Where(v => v is { } x && double.IsFinite(x)).Select(v => v!.Value)];
        return (finite, new()
        {
            ["n"] = values.Length,
            ["null"] = values.Count(v => v is null),
            ["nan"] = values.Count(v => v is { } x && double.IsNaN(x)),
            ["pos_inf"] = values.Count(v => v is double.PositiveInfinity),
            ["neg_inf"] = values.Count(v => v is double.NegativeInfinity),
            ["finite"] = finite.Length,
        });
    }

    private static string[] Texts(JsonElement[] items) =>
        [.. items.Where(item => item.ValueKind == JsonValueKind.String).Select(item => item.GetString()!)];

    private static double[] Numbers(DriftCase drift, string name) =>
        [.. drift.Parameters.GetProperty(name).EnumerateArray().Select(item => item.GetDouble())];
}
