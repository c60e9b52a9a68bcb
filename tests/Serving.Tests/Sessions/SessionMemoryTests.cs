using Microsoft.Extensions.Logging.Abstractions;
using Serving.Sessions;

namespace Serving.Tests.Sessions;

/// <summary>Measures the process, so nothing else may run beside it.</summary>
[CollectionDefinition(nameof(SessionMemoryTests), DisableParallelization = true)]
[Collection(nameof(SessionMemoryTests))]
public sealed class SessionMemoryTests
{
    [Fact]
    public void Dispose_LoadedOnManyThreads_ReturnsTheWeightsMemory()
    {
        if (!OperatingSystem.IsLinux()) return;
        var path = Path.GetTempFileName();
        try
        {
            const int weightMegabytes = 16;
            WeightyModel.Write(path, 1024, weightMegabytes << 8);
            var runtime = OnnxRuntime.Load(null, NullLogger.Instance);
            LoadAndDrop(runtime, path, threads: 1);
            var before = ResidentMegabytes();
            LoadAndDrop(runtime, path, threads: 6);
            Assert.InRange(ResidentMegabytes() - before, -1000, 2 * weightMegabytes);
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <summary>All threads hold their session at once, so that the C library gives each a heap of its own.</summary>
    private static void LoadAndDrop(OnnxRuntime runtime, string path, int threads)
    {
        using var loaded = new Barrier(threads);
        var loaders = Enumerable.Range(0, threads).Select(_ => new Thread(() =>
        {
            Assert.True(OnnxSession.Load(runtime, path, new SessionOptions()).TryGetValue(out var session, out var error), error?.Message);
            loaded.SignalAndWait();
            session.Dispose();
        })).ToArray();
        foreach (var loader in loaders) loader.Start();
        foreach (var loader in loaders) loader.Join();
    }

    private static long ResidentMegabytes()
    {
        GC.Collect();
        return Environment.WorkingSet >> 20;
    }
}
