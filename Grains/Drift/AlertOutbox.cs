using Grains.Inference;
using Grains.Replicas;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;
using Serving.Drift;
using Serving.Drift.Alerts;

namespace Grains.Drift;

/// <summary>
/// Drives the <see cref="Outbox"/> of one version's alerts: what <see cref="Serving.WebhookLoop"/> is in one process. Lives in the turns of the
/// version's monitor, which keeps what is here together with the alerts; nothing is posted before it is kept, and what is delivered stays
/// until that is kept too. A silo that dies in between has it posted again under the same id.
/// </summary>
/// <param name="model">The model.</param>
/// <param name="version">Its version.</param>
/// <param name="send">Has a replica of the version post an item; null when no replica can be asked.</param>
/// <param name="clock">The time.</param>
/// <param name="log">The log.</param>
internal sealed class AlertOutbox(string model, string version, Func<SentAlert, Task<PostReport?>> send, TimeProvider clock, ILogger log)
{
    private readonly Outbox outbox = new();
    private readonly List<OutboxItem> kept = [];
    private readonly List<OutboxItem> fresh = [];
    private int saving;

    /// <summary>What is to be posted.</summary>
    public int Count => kept.Count + fresh.Count;

    /// <summary>What is here is not what was kept last.</summary>
    public bool IsUnsaved { get; private set; }

    /// <summary>Takes what an earlier life of the monitor had kept.</summary>
    public void Restore(IEnumerable<byte[]> stored)
    {
        foreach (var item in stored.Select(OutboxItem.Read).OfType<OutboxItem>()) Enter(item);
    }

    /// <summary>An alert has changed: its receivers are to be told.</summary>
    public void Add(DriftAlert alert, IReadOnlyList<WebhookConfig> webhooks)
    {
        foreach (var item in OutboxItem.Of(model, version, alert, webhooks, clock.GetUtcNow()))
        {
            if (kept.Concat(fresh).Any(other => other.Key == item.Key)) continue;
            fresh.Add(item);
            IsUnsaved = true;
        }
    }

    /// <summary>What is to be kept now.</summary>
    public byte[][] Save()
    {
        (IsUnsaved, saving) = (false, fresh.Count);
        return [.. kept.Concat(fresh).Select(item => item.Write())];
    }

    /// <summary>How the last <see cref="Save"/> ended: what is kept may be posted.</summary>
    public void Saved(bool isKept)
    {
        IsUnsaved |= !isKept;
        if (!isKept) return;
        foreach (var item in fresh.GetRange(0, saving)) Enter(item);
        fresh.RemoveRange(0, saving);
    }

    /// <summary>Posts what is due, one after the other for each receiver. Ends when all that was begun has ended.</summary>
    public Task PostAsync()
    {
        var now = clock.GetUtcNow();
        foreach (var old in outbox.Expire(now)) GiveUp(old, "it could not be delivered for three days");
        return Task.WhenAll(outbox.TakeDue(now).Select(PostAsync));
    }

    private void Enter(OutboxItem item)
    {
        kept.Add(item);
        if (outbox.Add(item) is { } givenUp) GiveUp(givenUp, "the outbox is full");
    }

    private async Task PostAsync(OutboxItem item)
    {
        PostReport? report;
        try
        {
            report = await send(new SentAlert { Event = item.Event, Url = item.Url, Body = new Blob(item.Body) });
        }
        catch (Exception lost) when (ClusterFault.Is(lost))
        {
            report = null;
        }

        switch (report?.End)
        {
            case PostEnd.Taken:
                outbox.Settle(item);
                Remove(item);
                break;
            case PostEnd.Unwanted:
                outbox.Settle(item);
                GiveUp(item, "the model's configuration no longer names the receiver");
                break;
            case PostEnd.Failed:
                DriftLog.NotDelivered(log, item.Event, report.Receiver!, report.Reason!);
                outbox.Fail(item, clock.GetUtcNow());
                break;
            default:
                outbox.Postpone(item, clock.GetUtcNow());
                break;
        }
    }

    private void GiveUp(OutboxItem item, string reason)
    {
        DriftLog.GivenUp(log, item.Event, new Uri(item.Url).GetLeftPart(UriPartial.Authority), reason);
        Remove(item);
    }

    private void Remove(OutboxItem item)
    {
        kept.Remove(item);
        IsUnsaved = true;
    }
}
