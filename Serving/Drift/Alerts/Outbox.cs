namespace Serving.Drift.Alerts;

/// <summary>
/// What is to be posted and when it is tried next: per receiver one after the other, oldest first, so that a clearing never
/// overtakes the raising; after a failure with pauses that double. Bounded in number and time. Synchronous, no clock, no network.
/// </summary>
internal sealed class Outbox
{
    /// <summary>Items of all receivers; beyond, the oldest is given up.</summary>
    public const int MostItems = 1000;

    /// <summary>After this long an item is given up.</summary>
    public static readonly TimeSpan Retention = TimeSpan.FromDays(3);

    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(5);

    private readonly LinkedList<OutboxItem> items = [];
    private readonly HashSet<string> keys = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Receiver> receivers = new(StringComparer.Ordinal);

    public int Count => items.Count;

    /// <summary>Puts an item in, unless the same is in already.</summary>
    /// <returns>The item that was given up for it, or null.</returns>
    public OutboxItem? Add(OutboxItem item)
    {
        if (!keys.Add(item.Key)) return null;
        items.AddLast(item);
        return items.Count > MostItems ? Remove(items.First!.Value) : null;
    }

    /// <summary>Those to be tried now: of each receiver that is not busy the oldest. They are busy until their end is told.</summary>
    public IReadOnlyList<OutboxItem> TakeDue(DateTimeOffset now)
    {
        List<OutboxItem>? due = null;
        HashSet<string>? seen = null;
        foreach (var item in items)
        {
            if (!(seen ??= new(StringComparer.Ordinal)).Add(item.Url)) continue;
            var receiver = receivers.GetValueOrDefault(item.Url);
            if (receiver.IsBusy || now < receiver.NotBefore) continue;
            receivers[item.Url] = receiver with { IsBusy = true };
            (due ??= []).Add(item);
        }

        return due ?? [];
    }

    /// <summary>What has waited for too long; it is out of the box.</summary>
    public IReadOnlyList<OutboxItem> Expire(DateTimeOffset now)
    {
        var old = items.Where(item => now - item.At >= Retention && !receivers.GetValueOrDefault(item.Url).IsBusy).ToArray();
        foreach (var item in old) Remove(item);
        return old;
    }

    /// <summary>It was taken, or nobody wants it: the receiver is free for the next.</summary>
    public void Settle(OutboxItem item)
    {
        receivers.Remove(item.Url);
        Remove(item);
    }

    /// <summary>It was not taken: its receiver is left alone for a while.</summary>
    public void Fail(OutboxItem item, DateTimeOffset now)
    {
        var failures = receivers.GetValueOrDefault(item.Url).Failures + 1;
        var pause = FirstPause * Math.Pow(2, Math.Min(failures - 1, 16));
        receivers[item.Url] = new Receiver(failures, now + (pause < LongestPause ? pause : LongestPause), IsBusy: false);
    }

    /// <summary>It cannot be tried yet, for a reason of ours.</summary>
    public void Postpone(OutboxItem item, DateTimeOffset now) =>
        receivers[item.Url] = receivers.GetValueOrDefault(item.Url) with { IsBusy = false, NotBefore = now + FirstPause };

    private OutboxItem Remove(OutboxItem item)
    {
        items.Remove(item);
        keys.Remove(item.Key);
        return item;
    }

    private readonly record struct Receiver(int Failures, DateTimeOffset NotBefore, bool IsBusy);
}
