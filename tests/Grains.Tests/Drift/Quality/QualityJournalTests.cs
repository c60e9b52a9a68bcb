using Grains.Drift.Quality;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime;
using Orleans.Serialization;
using Orleans.Storage;

namespace Grains.Tests.Drift.Quality;

public sealed class QualityJournalTests
{
    private static readonly GrainId Grain = GrainId.Create("quality", "a");

    private readonly IGrainStorage storage = new TestStorage().For(new ServiceCollection()
        .AddSerializer(b => b.AddAssembly(typeof(Blob).Assembly).AddAssembly(typeof(QualityJournal).Assembly)).BuildServiceProvider().GetRequiredService<Serializer>());

    [Fact]
    public async Task Load_AfterManySegments_GivesWhatCameSinceTheSnapshot()
    {
        var (journal, before) = await OpenAsync();
        Assert.Empty(before);
        await journal.WriteAsync(new QualitySnapshot { Counts = [1] });
        var since = new List<int>();
        var snapshots = 0;
        for (var i = 0; i < 200; i++)
        {
            if (journal.IsFull)
            {
                await journal.WriteAsync(new QualitySnapshot { Counts = [1] });
                since.Clear();
                snapshots++;
            }

            journal.Add(Entry(i, bytes: 100 << 10));
            await journal.WriteAsync();
            since.Add(i);
            if (i % 23 != 0) continue;
            (journal, before) = await OpenAsync();
            Assert.Equal(since, before);
        }

        Assert.True(snapshots >= 3, $"{snapshots}");
        Assert.Equal(new byte[] { 1 }, (await OpenAsync()).Journal.Snapshot.Counts);
    }

    [Fact]
    public async Task Write_ByAnotherThatBeganBefore_Fails()
    {
        var (first, _) = await OpenAsync();
        await first.WriteAsync(new QualitySnapshot());
        first.Add(Entry(1));
        await first.WriteAsync();
        var (second, before) = await OpenAsync();
        Assert.Equal([1], before);

        second.Add(Entry(2));
        await second.WriteAsync();
        first.Add(Entry(3));
        await Assert.ThrowsAsync<InconsistentStateException>(first.WriteAsync);
        Assert.Equal([1, 2], (await OpenAsync()).Entries);
    }

    private static JournalEntry Entry(int number, int bytes = 0) => new(new Blob(new byte[bytes]), DateTimeOffset.UnixEpoch.AddSeconds(number));

    private async Task<(QualityJournal Journal, IEnumerable<int> Entries)> OpenAsync()
    {
        var journal = new QualityJournal(storage, Grain);
        var entries = await journal.LoadAsync();
        return (journal, [.. entries.Select(entry => (int)entry.At.ToUnixTimeSeconds())]);
    }
}
