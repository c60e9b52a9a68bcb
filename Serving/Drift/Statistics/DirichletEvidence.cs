using System.Runtime.Intrinsics;
using MathNet.Numerics;

namespace Serving.Drift.Statistics;

/// <summary>
/// An e-process on counts: the evidence that a stream no longer follows the baseline's law, valid at any number of looks. Under
/// no change it is a martingale with mean 1, the baseline's sampling error included, so P(ever reaching 1/a) is at most a.
/// </summary>
/// <remarks>
/// The ratio of two Dirichlet-multinomial likelihoods: the alternative knows only roughly (concentrations 10 to 3,000, averaged)
/// where the masses lie, the null knows them as well as the baseline does.
/// </remarks>
internal sealed class DirichletEvidence
{
    private static readonly double[] Concentrations = [10, 30, 100, 300, 1000, 3000];

    // The alternatives, and last the null.
    private readonly Prior[] priors;

    // Of the same, and once more the null's, so that there are two times four.
    private readonly double[] weights;

    /// <param name="alpha">Parameters of the law of the true masses, all positive.</param>
    public DirichletEvidence(ReadOnlySpan<double> alpha)
    {
        var own = alpha.ToArray();
        var weight = own.Sum();
        Bins = own.Length;
        priors = [.. Concentrations.Select(concentration => new Prior(Array.ConvertAll(own, a => a / weight * concentration))), new Prior(own)];
        weights = [.. priors.Select(prior => prior.Weight), weight];
    }

    public int Bins { get; }

    /// <summary>The natural logarithm of the e-value of counts, each taken times <paramref name="scale"/>.</summary>
    public double LogE(ReadOnlySpan<long> counts, double scale = 1)
    {
        var n = Divergence.Total(counts) * scale;
        Span<double> logs = stackalloc double[weights.Length];
        for (var k = 0; k < logs.Length; k += Vector256<double>.Count)
            (-LogGamma.Of(Vector256.Create(weights.AsSpan(k)) + Vector256.Create(n))).CopyTo(logs[k..]);
        for (var k = 0; k < priors.Length; k++)
            logs[k] += priors[k].LogLikelihood(counts, scale);

        var alternatives = logs[..Concentrations.Length];
        double largest = double.NegativeInfinity, sum = 0;
        foreach (var log in alternatives)
            largest = Math.Max(largest, log);
        foreach (var log in alternatives)
            sum += Math.Exp(log - largest);
        return largest + Math.Log(sum / alternatives.Length) - logs[alternatives.Length];
    }

    /// <summary>A Dirichlet law of bin masses, with the terms that no count changes worked out once.</summary>
    private sealed class Prior
    {
        private readonly double[] alpha;
        private readonly double constant;

        public Prior(double[] alpha)
        {
            this.alpha = alpha;
            Weight = alpha.Sum();
            constant = SpecialFunctions.GammaLn(Weight) - alpha.Sum(SpecialFunctions.GammaLn);
        }

        public double Weight { get; }

        /// <summary>But for the term of the total.</summary>
        public double LogLikelihood(ReadOnlySpan<long> counts, double scale)
        {
            var sum = constant;
            var four = Vector256<double>.Zero;
            var j = 0;
            for (; j + Vector256<double>.Count <= counts.Length; j += Vector256<double>.Count)
                four += LogGamma.Of(Vector256.Create<double>(alpha.AsSpan(j)) + (Vector256.ConvertToDouble(Vector256.Create(counts[j..])) * scale));
            for (; j < counts.Length; j++)
                sum += SpecialFunctions.GammaLn(alpha[j] + (counts[j] * scale));
            return sum + Vector256.Sum(four);
        }
    }
}
