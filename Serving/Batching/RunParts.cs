using Microsoft.Extensions.Logging;
using Serving.Caching;
using Serving.Sessions;
using Serving.Telemetry;

namespace Serving.Batching;

/// <summary>What a version's batches are run with, and where they leave what comes of it.</summary>
/// <param name="Session">What runs.</param>
/// <param name="Threads">Where it runs.</param>
/// <param name="Instruments">What is measured.</param>
/// <param name="Cache">Where answers are kept, by the loop; null when the version's are not.</param>
/// <param name="Clock">The time.</param>
/// <param name="Log">Where failures are written.</param>
internal sealed record RunParts(
    IModelSession Session, SessionThreads Threads, VersionInstruments Instruments, ResponseCache? Cache, TimeProvider Clock, ILogger Log)
{
    /// <summary>Where the session threads leave what they have for callers.</summary>
    public Answers Answers { get; } = new();

    public long Now() => Clock.GetTimestamp();

    public TimeSpan Elapsed(long from, long to) => Clock.GetElapsedTime(from, to);
}
