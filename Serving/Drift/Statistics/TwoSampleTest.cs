using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Serving.Drift.Statistics;

/// <summary>
/// The two-sample chi-square: both histograms are samples, so the baseline's own sampling error is part of the law. Taking the
/// baseline as exact instead alarms on 24 % of quiet windows at a nominal 5 % (three categories, 1,000 against 1,000).
/// </summary>
internal sealed class TwoSampleTest
{
    /// <summary>Least expected count, in the smaller sample, of a bin that is tested on its own.</summary>
    public const double LeastExpected = 5;

    private readonly double[] reference;
    private readonly double m;
    private readonly double leastExpected;

    /// <param name="reference">Counts of the baseline.</param>
    /// <param name="leastExpected">
    /// Bins with a smaller expected count are pooled. What is rare is decided by the sum of both samples: deciding by the
    /// baseline alone selects the bins that the baseline happens to underrate, and alarms on them.
    /// </param>
    public TwoSampleTest(ReadOnlySpan<long> reference, double leastExpected = 0)
    {
        this.reference = new double[reference.Length];
        for (var i = 0; i < reference.Length; i++)
            this.reference[i] = reference[i];
        m = Divergence.Total(reference);
        this.leastExpected = leastExpected;
    }

    /// <summary>Compares the baseline with a histogram over the same bins.</summary>
    /// <param name="current">Counts of the window, each taken times <paramref name="scale"/>.</param>
    /// <param name="scale">1, or less when the window is to count as a smaller one.</param>
    public Discrepancy Compare(ReadOnlySpan<long> current, double scale = 1) => Compare<Squares>(current, scale);

    /// <summary>
    /// The same as a likelihood ratio, which is right far out in the tail, where Pearson's form is too eager as soon as a bin
    /// expects only a few.
    /// </summary>
    public Discrepancy CompareByRatio(ReadOnlySpan<long> current, double scale = 1) => Compare<Ratios>(current, scale);

    private Discrepancy Compare<TForm>(ReadOnlySpan<long> current, double scale)
        where TForm : IForm
    {
        double count = Divergence.Total(current), n = count * scale;
        if (m <= 0 || n <= 0)
            return default;

        // What is in neither sample is not tested, even where everything else is.
        var least = Math.Max(leastExpected * (m + n) / Math.Min(m, n), double.Epsilon);
        var sizes = new Sizes(m, n);
        var (sum, ownReference, ownCurrent, bins) = SumOwn<TForm>(current, scale, least, sizes);

        // Whole counts up to here: what is left over is exactly what is rare.
        double rareReference = m - ownReference, rareCurrent = (count - ownCurrent) * scale;
        var rare = rareReference + rareCurrent;
        if (rare > 0 && rare < least && bins > 0)
        {
            // The rare ones are too few even together: they join the smallest of the others.
            var smallest = Smallest(current, scale, least);
            double r = reference[smallest], c = current[smallest] * scale;
            sum -= PartOf<TForm>(r, c, sizes);
            bins--;
            rareReference += r;
            rareCurrent += c;
        }

        if (rare > 0)
        {
            sum += PartOf<TForm>(rareReference, rareCurrent, sizes);
            bins++;
        }

        return new Discrepancy(Math.Max(0, sum * TForm.Unit(m, n)), bins - 1);
    }

    /// <summary>What the bins add that are tested on their own, their counts in both samples, the window's not scaled, and how many they are.</summary>
    /// <remarks>Not inlined: in the large methods that call it, what it adds up would not stay in registers.</remarks>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private (double Sum, double Reference, double Current, int Bins) SumOwn<TForm>(
        ReadOnlySpan<long> current, double scale, double least, in Sizes sizes)
        where TForm : IForm
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(current.Length, reference.Length);
        ref var firstReference = ref MemoryMarshal.GetArrayDataReference(reference);
        ref var firstCurrent = ref MemoryMarshal.GetReference(current);
        var (total, totalReference, totalCurrent) = (Vector256<double>.Zero, Vector256<double>.Zero, Vector256<double>.Zero);
        var (four, leastFour, local, bins, i) = (Vector256.Create(scale), Vector256.Create(least), sizes, 0, 0);
        for (; i <= current.Length - Vector256<double>.Count; i += Vector256<double>.Count)
        {
            var r = Vector256.LoadUnsafe(ref firstReference, (nuint)i);
            var c = Doubles(Vector256.LoadUnsafe(ref firstCurrent, (nuint)i));
            var scaled = c * four;
            var own = Vector256.GreaterThanOrEqual(r + scaled, leastFour);
            var which = own.ExtractMostSignificantBits();
            if (which == 0)
                continue; // Of many categories most are rare.
            total += own & TForm.Part(r, scaled, local);
            totalReference += own & r;
            totalCurrent += own & c;
            bins += BitOperations.PopCount(which);
        }

        double sum = Vector256.Sum(total), sumReference = Vector256.Sum(totalReference), sumCurrent = Vector256.Sum(totalCurrent);
        for (; i < current.Length; i++)
        {
            if (reference[i] + (current[i] * scale) < least)
                continue;
            sum += PartOf<TForm>(reference[i], current[i] * scale, sizes);
            sumReference += reference[i];
            sumCurrent += current[i];
            bins++;
        }

        return (sum, sumReference, sumCurrent, bins);
    }

    /// <summary>The bin with the smallest sum of those that are tested on their own.</summary>
    private int Smallest(ReadOnlySpan<long> current, double scale, double least)
    {
        var (smallest, place) = (double.PositiveInfinity, -1);
        for (var i = 0; i < current.Length; i++)
        {
            var both = reference[i] + (current[i] * scale);
            if (both >= least && both < smallest)
                (smallest, place) = (both, i);
        }

        return place;
    }

    private static double PartOf<TForm>(double r, double c, in Sizes sizes)
        where TForm : IForm =>
        TForm.Part(Vector256.Create(r), Vector256.Create(c), sizes).ToScalar();

    /// <summary>Whole counts below 2^52 as doubles: put below that number's own bits, which is then taken off.</summary>
    private static Vector256<double> Doubles(Vector256<long> counts)
    {
        var above = Vector256.Create((double)(1L << 52));
        return (counts | above.AsInt64()).AsDouble() - above;
    }

    /// <summary>One of the two statistics.</summary>
    private interface IForm
    {
        /// <summary>What a sum of parts is taken times.</summary>
        static abstract double Unit(double m, double n);

        /// <summary>What bins add; not a number where both counts are zero.</summary>
        static abstract Vector256<double> Part(Vector256<double> r, Vector256<double> c, in Sizes sizes);
    }

    /// <summary>The sizes of both samples together, and one by either, four times each.</summary>
    private readonly struct Sizes(double m, double n)
    {
        public readonly Vector256<double> Both = Vector256.Create(m + n), ByReference = Vector256.Create(1 / m), ByCurrent = Vector256.Create(1 / n);
    }

    private readonly struct Squares : IForm
    {
        public static double Unit(double m, double n) => m + n;

        public static Vector256<double> Part(Vector256<double> r, Vector256<double> c, in Sizes sizes)
        {
            var difference = (c * sizes.ByCurrent) - (r * sizes.ByReference);
            return difference * difference / (r + c);
        }
    }

    private readonly struct Ratios : IForm
    {
        public static double Unit(double m, double n) => 2 * (m + n) / (m * n);

        public static Vector256<double> Part(Vector256<double> r, Vector256<double> c, in Sizes sizes)
        {
            var byShare = sizes.Both / (r + c);
            return Term(c, sizes.ByCurrent * byShare) + Term(r, sizes.ByReference * byShare);
        }

        private static Vector256<double> Term(Vector256<double> count, Vector256<double> byExpected) =>
            Vector256.AndNot(count * Vector256.Log(count * byExpected), Vector256.Equals(count, Vector256<double>.Zero));
    }
}
