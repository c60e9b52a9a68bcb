using Serving.Drift.Panes;

namespace Serving.Drift.Quality;

/// <summary>Times from a tenth of a second to a month, told apart to a fifth.</summary>
internal sealed class LagHistogram
{
    private const double Least = 0.1;
    private const double Ratio = 1.2;
    private const int Bins = 96;

    private readonly long[] counts = new long[Bins];
    private long total;

    public void Add(TimeSpan lag)
    {
        var bin = (int)Math.Ceiling(Math.Log(Math.Max(lag.TotalSeconds, Least) / Least) / Math.Log(Ratio));
        counts[Math.Clamp(bin, 0, Bins - 1)]++;
        total++;
    }

    public void Write(StateWriter state) => state.Write(counts);

    /// <summary>Adds what <see cref="Write"/> wrote.</summary>
    public void Read(ref StateReader state)
    {
        var read = state.ReadCounts();
        for (var bin = 0; bin < Math.Min(Bins, read.Length); bin++)
        {
            counts[bin] += read[bin];
            total += read[bin];
        }
    }

    /// <summary>The time that this share of all came within; null when there is none.</summary>
    public TimeSpan? Quantile(double share)
    {
        var rank = share * total;
        long below = 0;
        for (var bin = 0; bin < Bins && total > 0; bin++)
        {
            below += counts[bin];
            if (below >= rank)
                return TimeSpan.FromSeconds(Least * Math.Pow(Ratio, bin));
        }

        return null;
    }
}
