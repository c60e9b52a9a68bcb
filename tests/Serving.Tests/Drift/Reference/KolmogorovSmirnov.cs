namespace Serving.Tests.Drift.Reference;

/// <summary>The two-sample Kolmogorov-Smirnov test on raw data: the anchor that other products alarm on.</summary>
internal static class KolmogorovSmirnov
{
    /// <summary>Largest difference of the two empirical distributions, as a whole number of 1 / lcm(m, n).</summary>
    public static double Statistic(double[] sortedReference, double[] sortedCurrent)
    {
        var lcm = Lcm(sortedReference.Length, sortedCurrent.Length);
        return Height(sortedReference, sortedCurrent) / (double)lcm;
    }

    /// <summary>Exact for up to 10,000 values a side, which is all that is asked of it here.</summary>
    public static double ExactP(double[] sortedReference, double[] sortedCurrent)
    {
        int m = sortedReference.Length, n = sortedCurrent.Length;
        var height = Height(sortedReference, sortedCurrent);
        if (height == 0)
            return 1;

        // Orders of the pooled sample are equally likely: walk the lattice and keep the share of paths that ever strayed as far.
        long lcm = Lcm(m, n), right = lcm / m, up = lcm / n;
        var strayed = new double[n + 1];
        for (long i = 0; i <= m; i++)
        {
            for (long j = 0; j <= n; j++)
            {
                if (Math.Abs((i * right) - (j * up)) >= height)
                    strayed[j] = 1;
                else if (i == 0 && j == 0)
                    strayed[j] = 0;
                else
                    strayed[j] = ((i * strayed[j]) + (j == 0 ? 0 : j * strayed[j - 1])) / (i + j);
            }
        }

        return Math.Min(1, strayed[n]);
    }

    /// <summary>The one-sample law at the rounded effective size; NaN when that rounds to nothing.</summary>
    public static double AsymptoticP(double[] sortedReference, double[] sortedCurrent)
    {
        var size = EffectiveSize(sortedReference, sortedCurrent);
        var count = (int)Math.Round(size, MidpointRounding.ToEven);
        return count == 0 ? double.NaN : OneSampleTail(count, Statistic(sortedReference, sortedCurrent));
    }

    /// <summary>Kolmogorov's limit.</summary>
    public static double LimitP(double[] sortedReference, double[] sortedCurrent)
    {
        var z = Math.Sqrt(EffectiveSize(sortedReference, sortedCurrent)) * Statistic(sortedReference, sortedCurrent);
        if (z < 0.05)
            return 1;

        double sum = 0;
        for (var k = 1; k <= 200; k++)
            sum += (k % 2 == 1 ? 2 : -2) * Math.Exp(-2.0 * k * k * z * z);
        return Math.Clamp(sum, 0, 1);
    }

    private static double EffectiveSize(double[] a, double[] b) => a.Length * (double)b.Length / (a.Length + b.Length);

    private static long Height(double[] reference, double[] current)
    {
        long lcm = Lcm(reference.Length, current.Length), right = lcm / reference.Length, up = lcm / current.Length, largest = 0;
        foreach (var value in reference.Concat(current))
        {
            var difference = (RawData.CountAtMost(reference, value) * right) - (RawData.CountAtMost(current, value) * up);
            largest = Math.Max(largest, Math.Abs(difference));
        }

        return largest;
    }

    private static long Lcm(long a, long b)
    {
        long x = a, y = b;
        while (y != 0)
            (x, y) = (y, x % y);
        return a / x * b;
    }

    private static double OneSampleTail(int n, double d)
    {
        if (d >= 1)
            return 0;
        var t = n * d;
        if (t <= 0.5)
            return 1;

        // Two one-sided crossings: exact from d = 1/2 up, and far enough out the chance of crossing both sides is nothing.
        // The other bounds are those of the usual library, whose approximation shows in the seventh digit.
        if (d >= 0.5 || t * d > (n <= 140 ? 4 : 2.2))
            return Math.Min(1, 2 * OneSided(n, d));
        return 1 - (n <= 140 || n * Math.Pow(d, 1.5) <= 1.4 ? Cdf(n, d) : Expansion(n, d));
    }

    /// <summary>
    /// Pelz and Good's expansion of the law in powers of n^-1/2, each term a theta series in exp(-pi^2 / 2 z^2), z = d sqrt(n).
    /// </summary>
    private static double Expansion(int n, double d)
    {
        const double Pi2 = Math.PI * Math.PI;
        double z = d * Math.Sqrt(n), z2 = z * z, z4 = z2 * z2, z6 = z4 * z2;
        double k0 = 0, k1 = 0, k2 = 0, k3 = 0, extra2 = 0, extra3 = 0;
        for (var k = 0; k < 40; k++)
        {
            double h2 = (k + 0.5) * (k + 0.5) * Pi2, h4 = h2 * h2, weight = Math.Exp(-h2 / (2 * z2));
            k0 += weight;
            k1 += weight * (h2 - z2);
            k2 += weight * ((6 * z6) + (2 * z4) + (((2 * z4) - (5 * z2)) * h2) + ((1 - (2 * z2)) * h4));
            k3 += weight * ((-30 * z6) - (90 * z6 * z2) + (((135 * z4) - (96 * z6)) * h2)
                + (((212 * z4) - (60 * z2)) * h4) + ((5 - (30 * z2)) * h4 * h2));
            double w2 = (k + 1.0) * (k + 1.0) * Pi2, whole = Math.Exp(-w2 / (2 * z2));
            extra2 += whole * w2;
            extra3 += whole * w2 * ((3 * z2) - w2);
        }

        var root = Math.Sqrt(2 * Math.PI);
        k0 *= root / z;
        k1 *= root / (6 * z4);
        k2 = (k2 * root / (72 * z6 * z)) - (extra2 * root / (36 * z2 * z));
        k3 = (k3 * root / (6480 * z6 * z4)) + (extra3 * root / (216 * z6));
        return k0 + (k1 / Math.Sqrt(n)) + (k2 / n) + (k3 / (n * Math.Sqrt(n)));
    }

    private static double OneSided(int n, double d)
    {
        double sum = 0, logChoose = 0;
        for (var j = 0; j <= (int)Math.Floor(n * (1 - d)); j++)
        {
            if (j > 0)
                logChoose += Math.Log(n - j + 1) - Math.Log(j);
            var rest = 1 - d - (j / (double)n);
            if (rest > 0)
                sum += Math.Exp(logChoose + ((j - 1) * Math.Log(d + (j / (double)n))) + ((n - j) * Math.Log(rest)));
            else if (n == j)
                sum += Math.Exp(logChoose + ((j - 1) * Math.Log(d + (j / (double)n))));
        }

        return d * sum;
    }

    /// <summary>Durbin's matrix formula: n! / n^n times the middle element of the n-th power of a band matrix.</summary>
    private static double Cdf(int n, double d)
    {
        var k = (int)Math.Ceiling(n * d);
        var size = (2 * k) - 1;
        var h = k - (n * d);
        var matrix = new double[size, size];
        for (var i = 0; i < size; i++)
            for (var j = 0; j < size; j++)
                matrix[i, j] = i - j + 1 < 0 ? 0 : 1;
        for (var i = 0; i < size; i++)
        {
            matrix[i, 0] -= Math.Pow(h, i + 1);
            matrix[size - 1, i] -= Math.Pow(h, size - i);
        }

        matrix[size - 1, 0] += (2 * h) - 1 > 0 ? Math.Pow((2 * h) - 1, size) : 0;
        for (var i = 0; i < size; i++)
            for (var j = 0; j < size; j++)
                for (var g = 2; g <= i - j + 1; g++)
                    matrix[i, j] /= g;

        var (power, exponent) = Power(matrix, size, n);
        var log = Math.Log(power[k - 1, k - 1]) + (exponent * Math.Log(10));
        for (var i = 1; i <= n; i++)
            log += Math.Log(i / (double)n);
        return Math.Exp(log);
    }

    /// <summary>A matrix power, its entries times ten to the returned exponent.</summary>
    private static (double[,] Power, int Exponent) Power(double[,] matrix, int size, int n)
    {
        if (n == 1)
            return (matrix, 0);

        var (half, exponent) = Power(matrix, size, n / 2);
        var power = Multiply(half, half, size);
        exponent *= 2;
        if (n % 2 == 1)
            power = Multiply(matrix, power, size);
        if (power[size / 2, size / 2] > 1e140)
        {
            for (var i = 0; i < size; i++)
                for (var j = 0; j < size; j++)
                    power[i, j] *= 1e-140;
            exponent += 140;
        }

        return (power, exponent);
    }

    private static double[,] Multiply(double[,] a, double[,] b, int size)
    {
        var product = new double[size, size];
        for (var i = 0; i < size; i++)
            for (var k = 0; k < size; k++)
                for (var j = 0; j < size; j++)
                    product[i, j] += a[i, k] * b[k, j];
        return product;
    }
}
