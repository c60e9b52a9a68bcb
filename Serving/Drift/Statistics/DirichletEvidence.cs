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

    private readonly double[] alpha;
    private readonly Prior nullPrior;
    private readonly Prior[] alternatives;

    /// <param name="alpha">Parameters of the law of the true masses, all positive.</param>
    public DirichletEvidence(ReadOnlySpan<double> alpha)
    {
        this.alpha = alpha.ToArray();
        var weight = this.alpha.Sum();
        nullPrior = new Prior(this.alpha);
        alternatives = new Prior[Concentrations.Length];
        for (var k = 0; k < alternatives.Length; k++)
            alternatives[k] = new Prior(Array.ConvertAll(this.alpha, a => a / weight * Concentrations[k]));
    }

    public int Bins => alpha.Length;

    /// <summary>The natural logarithm of the e-value of counts, each taken times <paramref name="scale"/>.</summary>
    public double LogE(ReadOnlySpan<long> counts, double scale = 1)
    {
        Span<double> logs = stackalloc double[Concentrations.Length];
        var largest = double.NegativeInfinity;
        for (var k = 0; k < logs.Length; k++)
        {
            logs[k] = alternatives[k].LogLikelihood(counts, scale);
            largest = Math.Max(largest, logs[k]);
        }

        double sum = 0;
        foreach (var log in logs)
            sum += Math.Exp(log - largest);
        return largest + Math.Log(sum / logs.Length) - nullPrior.LogLikelihood(counts, scale);
    }

    /// <summary>A Dirichlet law of bin masses, with the terms that no count changes worked out once.</summary>
    private sealed class Prior
    {
        private readonly double[] alpha;
        private readonly double weight;
        private readonly double constant;

        public Prior(double[] alpha)
        {
            this.alpha = alpha;
            weight = alpha.Sum();
            constant = SpecialFunctions.GammaLn(weight) - alpha.Sum(SpecialFunctions.GammaLn);
        }

        public double LogLikelihood(ReadOnlySpan<long> counts, double scale)
        {
            var sum = constant - SpecialFunctions.GammaLn(weight + (Divergence.Total(counts) * scale));
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
