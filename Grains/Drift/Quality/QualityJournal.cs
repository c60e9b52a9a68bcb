using Orleans.Runtime;
using Orleans.Storage;

namespace Grains.Drift.Quality;

/// <summary>
/// A model's quality in grain storage: a snapshot of all, which is large, and segments of what came since, so that what comes is kept at
/// the cost of its own size. One write at a time.
/// </summary>
/// <remarks>
/// Segments take a few slots in turn, each larger than many batches; the open one is written again as it grows. A number tells a slot's
/// segment from an older one, so nothing is ever removed. A grain that starts anew goes on with the open segment: whoever still writes to
/// it from a silo that was cut off fails, or makes this one fail and begin from what that one wrote.
/// </remarks>
internal sealed class QualityJournal(IGrainStorage storage, GrainId grain)
{
    private const int Slots = 16;
    private const int MostBytes = 256 << 10;
    private const string Name = "quality";

    private readonly GrainState<QualitySnapshot> snapshot = new(new QualitySnapshot());
    private readonly GrainState<QualitySegment>[] slots = [.. Enumerable.Range(0, Slots).Select(_ => new GrainState<QualitySegment>(new QualitySegment()))];
    private readonly List<JournalEntry> open = [];
    private long number = 1;

    /// <summary>The snapshot as it was loaded.</summary>
    public QualitySnapshot Snapshot => snapshot.State!;

    /// <summary>All slots are taken: a snapshot is due.</summary>
    public bool IsFull => number - snapshot.State!.First >= Slots - 1;

    /// <summary>Reads all; gives what came after the snapshot.</summary>
    public async Task<IReadOnlyList<JournalEntry>> LoadAsync()
    {
        await storage.ReadStateAsync(Name, grain, snapshot);
        if (!snapshot.RecordExists) return [];
        await Task.WhenAll(Enumerable.Range(0, Slots).Select(i => storage.ReadStateAsync(SlotName(i), grain, slots[i])));
        var entries = new List<JournalEntry>();
        number = snapshot.State!.First;
        for (var next = number; slots[next % Slots].State is { } segment && segment.Number == next; next++)
        {
            number = next;
            open.Clear();
            open.AddRange(segment.Entries);
            entries.AddRange(segment.Entries);
        }

        foreach (var slot in slots) slot.State = new QualitySegment();
        return entries;
    }

    public void Add(JournalEntry entry) => open.Add(entry);

    /// <summary>Writes what was added.</summary>
    public async Task WriteAsync()
    {
        var (slot, count) = ((int)(number % Slots), open.Count);
        slots[slot].State = new QualitySegment { Number = number, Entries = [.. open] };
        await storage.WriteStateAsync(SlotName(slot), grain, slots[slot]);
        slots[slot].State = new QualitySegment();
        if (open.Take(count).Sum(entry => (long)entry.Body.Bytes.Length) < MostBytes) return;
        open.RemoveRange(0, count);
        number++;
    }

    /// <summary>Writes a snapshot in place of all that was added. When that fails, another one must be written before anything else.</summary>
    public async Task WriteAsync(QualitySnapshot next)
    {
        open.Clear();
        next.First = ++number;
        snapshot.State = next;
        await storage.WriteStateAsync(Name, grain, snapshot);
        snapshot.State = new QualitySnapshot { First = next.First };
    }

    private static string SlotName(int slot) => $"{Name}-{slot}";
}
