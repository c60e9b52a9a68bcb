namespace Serving.Routing.Rollouts;

/// <summary>The logarithm of a weighted mean, from logarithms.</summary>
internal static class LogMean
{
    /// <param name="logs">The logarithms; negative infinity for a value of 0.</param>
    /// <param name="weights">As many weights, summing up to 1.</param>
    public static double Of(ReadOnlySpan<double> logs, ReadOnlySpan<double> weights)
    {
        var largest = double.NegativeInfinity;
        foreach (var log in logs) largest = Math.Max(largest, log);
        if (double.IsNegativeInfinity(largest)) return largest;
        var sum = 0.0;
        for (var i = 0; i < logs.Length; i++) sum += weights[i] * Math.Exp(logs[i] - largest);
        return largest + Math.Log(sum);
    }
}
