namespace Grains.Requests;

/// <summary>
/// Keeps tries beyond the first from multiplying the load of a cluster in trouble: each request earns a part of a retry, up to a
/// burst, and each retry costs a whole one. Parts are counted in hundredths.
/// </summary>
/// <param name="percent">Retries per hundred requests in the long run.</param>
/// <param name="burst">Retries that may come at once.</param>
internal sealed class RetryBudget(int percent, int burst)
{
    private const long Whole = 100;

    private long credit = burst * Whole;

    public void Earn()
    {
        if (Volatile.Read(ref credit) < burst * Whole) Interlocked.Add(ref credit, percent);
    }

    /// <summary>False when there is nothing left to spend.</summary>
    public bool TrySpend()
    {
        if (Interlocked.Add(ref credit, -Whole) >= 0) return true;
        Interlocked.Add(ref credit, Whole);
        return false;
    }
}
