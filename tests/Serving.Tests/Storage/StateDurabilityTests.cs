using System.Diagnostics;

namespace Serving.Storage;

public sealed class StateDurabilityTests : IDisposable
{
    private readonly TemporaryDirectory directory = new();

    public void Dispose() => directory.Dispose();

    [Fact]
    public void Kill_AtAnyMoment_KeepsWhatWasAcknowledgedAndNoHalves()
    {
        var random = new Random(20261101);
        var path = directory.File("state.db");
        var acknowledged = 0L;
        for (var kill = 0; kill < 8; kill++)
        {
            acknowledged = RunUntilKilled(path, acknowledged + random.Next(1, 200));
            using var store = StateStore.Open(path, TimeProvider.System);
            var kept = StateWriter.Last(store);
            Assert.InRange(kept, acknowledged, acknowledged + 1);
            acknowledged = kept;
        }
    }

    // What is on the disk when the machine stops while it writes: any beginning of the write-ahead log.
    [Fact]
    public void Cut_WriteAheadLogAtAnyLength_LeavesAWholeState()
    {
        var (path, cut) = (directory.File("state.db"), directory.File("cut.db"));
        var random = new Random(7);
        using var store = StateStore.Open(path, TimeProvider.System);
        for (var i = 1; i <= 20; i++)
        {
            var body = System.Text.Encoding.UTF8.GetBytes($"{i}");
            store.Commit(new StateBatch().Put("counter", "a", body).Append("log", body).Put("counter", "b", body));
        }

        var log = File.ReadAllBytes(path + "-wal");
        var last = 0L;
        foreach (var length in Enumerable.Range(0, 25).Select(_ => random.Next(log.Length)).Append(log.Length).Order())
        {
            File.Copy(path, cut, overwrite: true);
            File.WriteAllBytes(cut + "-wal", log[..length]);
            using (var reopened = StateStore.Open(cut, TimeProvider.System))
            {
                Assert.InRange(StateWriter.Last(reopened), last, 20);
                last = StateWriter.Last(reopened);
            }

            File.Delete(cut + "-wal");
        }

        Assert.Equal(20, last);
    }

    /// <summary>Lets a writer write until it acknowledged a number, kills it, and gives the last number it acknowledged.</summary>
    private static long RunUntilKilled(string path, long number)
    {
        using var writer = Process.Start(new ProcessStartInfo(Environment.ProcessPath!)
        {
            ArgumentList = { "exec", typeof(StateWriter).Assembly.Location, StateWriter.Verb, path },
            RedirectStandardOutput = true,
        })!;
        var acknowledged = 0L;
        while (acknowledged < number && writer.StandardOutput.ReadLine() is { } line) acknowledged = long.Parse(line);
        writer.Kill();
        while (writer.StandardOutput.ReadLine() is { } line) acknowledged = long.Parse(line);
        writer.WaitForExit();
        return acknowledged;
    }
}
