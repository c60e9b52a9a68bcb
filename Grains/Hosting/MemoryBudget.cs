namespace Grains.Hosting;

/// <summary>
/// What loaded models take of one silo's memory, and which of them give way when another needs room.
/// </summary>
/// <remarks>
/// <para>A machine: its driver, <see cref="ModelHost"/>, calls it under one lock. Bytes are those of whole copies, sessions' native memory
/// included.</para>
/// <para>Only idle copies give way, the one that was idle longest first, and none that was used within <see cref="LeastIdle"/>: a copy that
/// was just brought back is not dropped at once for the next one. No more is dropped than is needed, and nothing at all when that would
/// not be enough.</para>
/// <para>How much a load added to the process is measured, but the measure is of everything that happened meanwhile. It is believed only
/// within what the files suggest (<see cref="Account"/>).</para>
/// </remarks>
internal static class MemoryBudget
{
    /// <summary>What any copy takes beside its weights, at the most, for want of better knowledge.</summary>
    public const long Overhead = 1L << 20;

    /// <summary>What any copy takes beside its weights, at the least: 0.22 MB were measured over 600 sessions of a model of 1.4 KB.</summary>
    public const long LeastOverhead = 1L << 18;

    public static readonly TimeSpan LeastIdle = TimeSpan.FromSeconds(1);

    /// <summary>What a copy will take, judged by its files.</summary>
    public static long Estimate(long fileBytes) => fileBytes + fileBytes / 4 + Overhead / 2;

    /// <summary>What a copy takes, judged by its files and by what the process grew while it was loaded.</summary>
    public static long Account(long fileBytes, long measured) => Math.Clamp(measured, fileBytes + LeastOverhead, 3 * fileBytes + Overhead);

    /// <summary>The copies to drop so that <paramref name="needed"/> bytes are free; null when that cannot be had now.</summary>
    /// <param name="budget">Bytes in all.</param>
    /// <param name="needed">Bytes that are to be free.</param>
    /// <param name="copies">All copies: what each takes, and since when it is idle; null for one that is busy or loading.</param>
    public static IReadOnlyList<T>? Victims<T>(long budget, long needed, IReadOnlyCollection<(T Copy, long Bytes, TimeSpan? Idle)> copies)
    {
        var over = copies.Sum(c => c.Bytes) + needed - budget;
        if (over <= 0) return [];
        var victims = new List<T>();
        foreach (var (copy, bytes, _) in copies.Where(c => c.Idle >= LeastIdle).OrderByDescending(c => c.Idle))
        {
            victims.Add(copy);
            over -= bytes;
            if (over <= 0) return victims;
        }

        return null;
    }
}
