namespace Gateway.Http;

/// <summary>
/// Work that takes long because a body is large: not done where the body arrived, since others' requests come on the same thread, and on
/// half of the cores at most, so that however many large bodies come there are threads left for what is quick.
/// </summary>
internal static class LargeBodies
{
    /// <summary>Bytes of JSON that are read in less than some two milliseconds: handing them over gains nobody anything.</summary>
    public const int Least = 1 << 18;

    /// <summary>Bytes that are only copied, for each that is read.</summary>
    private const int Copied = 32;

    private static readonly SemaphoreSlim Places = new(Math.Max(1, Environment.ProcessorCount / 2));

    /// <summary>Whether a body is one of these.</summary>
    /// <param name="length">Its bytes.</param>
    /// <param name="jsonLength">How many of them are JSON; null for all.</param>
    public static bool Has(long length, long? jsonLength = null) =>
        length >= Least && (jsonLength is not { } json || json + (length - json) / Copied >= Least);

    /// <summary>
    /// Does the work elsewhere. Who gives up waits for work that has begun: the body's memory is in use. A task, since those who seldom wait
    /// for it would hold room for its result all the time.
    /// </summary>
    public static async Task<T> RunAsync<T>(Func<T> work, CancellationToken cancellationToken)
    {
        await Places.WaitAsync(cancellationToken);
        try
        {
            return await Task.Run(work, CancellationToken.None);
        }
        finally
        {
            Places.Release();
        }
    }
}
