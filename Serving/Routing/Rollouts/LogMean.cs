namespace Serving.Routing.Rollouts;

/// <summary>The logarithm of a mean, from logarithms.</summary>
internal static class LogMean
{
    public static double Of(ReadOnlySpan<double> logs)
    {
        var largest = double.NegativeInfinity;
        foreach (var log in logs) largest = Math.Max(largest, log);
        if (double.IsNegativeInfinity(largest)) return largest;
        var sum = 0.0;
        foreach (var log in logs) sum += Math.Exp(log - largest);
        return largest + Math.Log(sum / logs.Length);
    }
}
