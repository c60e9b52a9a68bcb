using Microsoft.Extensions.Logging;
using Serving.Drift;
using Serving.Drift.Alerts;

namespace Serving;

/// <summary>
/// Drives the <see cref="Outbox"/>: posts what is due, and keeps what is not delivered across restarts. An item is stored with the
/// alert it tells of, in one transaction, and goes when a receiver has answered 2xx; a process that dies in between posts it again
/// under the same id.
/// </summary>
internal sealed class WebhookLoop : IAsyncDisposable
{
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(250);

    private readonly SavedDrift saved;
    private readonly TimeProvider clock;
    private readonly ILogger log;
    private readonly WebhookSender sender;
    private readonly Lock gate = new();
    private readonly Outbox outbox = new();
    private readonly Dictionary<(string Model, string Version), IReadOnlyList<WebhookConfig>> receivers = [];
    private readonly HashSet<Task> sending = [];
    private readonly CancellationTokenSource stopping = new();
    private readonly ITimer timer;
    private bool isLookDue;

    public WebhookLoop(SavedDrift saved, TimeProvider clock, ILogger log)
    {
        this.saved = saved;
        this.clock = clock;
        this.log = log;
        sender = new WebhookSender(clock);
        foreach (var item in saved.LoadOutbox()) outbox.Add(item);
        timer = clock.CreateTimer(_ => Look(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        LookSoon();
    }

    /// <summary>Undelivered items.</summary>
    public int Waiting
    {
        get
        {
            lock (gate) return outbox.Count;
        }
    }

    /// <summary>Says who is told of a version's alerts.</summary>
    public void Register(string model, string version, IReadOnlyList<WebhookConfig> webhooks)
    {
        lock (gate) receivers[(model, version)] = webhooks;
    }

    /// <summary>Takes items that are stored already.</summary>
    public void Add(IReadOnlyList<OutboxItem> items)
    {
        foreach (var item in items)
        {
            OutboxItem? givenUp;
            lock (gate) givenUp = outbox.Add(item);
            if (givenUp is not null) GiveUp(givenUp, "the outbox is full");
        }

        LookSoon();
    }

    public async ValueTask DisposeAsync()
    {
        await timer.DisposeAsync().ConfigureAwait(false);
        await stopping.CancelAsync().ConfigureAwait(false);
        Task[] last;
        lock (gate) last = [.. sending];
        await Task.WhenAll(last).ConfigureAwait(false);
        sender.Dispose();
        stopping.Dispose();
    }

    private void Look()
    {
        IReadOnlyList<OutboxItem> old;
        lock (gate)
        {
            isLookDue = false;
            if (stopping.IsCancellationRequested) return;
            var now = clock.GetUtcNow();
            old = outbox.Expire(now);
            foreach (var item in outbox.TakeDue(now))
            {
                var task = Task.Run(() => TryAsync(item));
                sending.Add(task);
                _ = task.ContinueWith(done => { lock (gate) sending.Remove(done); }, TaskScheduler.Default);
            }
        }

        foreach (var item in old) GiveUp(item, "it could not be delivered for three days");
        LookSoon();
    }

    /// <summary>Looks again after a beat as long as anything waits: a server that nobody is told of does not wake for this.</summary>
    private void LookSoon()
    {
        lock (gate)
        {
            if (isLookDue || outbox.Count == 0) return;
            isLookDue = true;
            timer.Change(Beat, Timeout.InfiniteTimeSpan);
        }
    }

    private async Task TryAsync(OutboxItem item)
    {
        IReadOnlyList<WebhookConfig>? known;
        lock (gate)
        {
            // A version that is not loaded yet may come; until then nobody knows the secret.
            if (!receivers.TryGetValue((item.Model, item.Version), out known))
            {
                outbox.Postpone(item, clock.GetUtcNow());
                return;
            }
        }

        if (known.FirstOrDefault(webhook => webhook.Url.AbsoluteUri == item.Url) is not { } receiver)
        {
            Settle(item);
            GiveUp(item, "the model's configuration no longer names the receiver");
            return;
        }

        var failure = await sender.PostAsync(item.Event, item.Body, receiver, stopping.Token).ConfigureAwait(false);
        if (failure is null) Settle(item);
        else if (!stopping.IsCancellationRequested) DriftLog.NotDelivered(log, item.Event, receiver.ToString(), failure);
        if (failure is null) saved.RemoveOutgoing(item);
        else lock (gate) outbox.Fail(item, clock.GetUtcNow());
    }

    private void Settle(OutboxItem item)
    {
        lock (gate) outbox.Settle(item);
    }

    private void GiveUp(OutboxItem item, string reason)
    {
        DriftLog.GivenUp(log, item.Event, new Uri(item.Url).GetLeftPart(UriPartial.Authority), reason);
        saved.RemoveOutgoing(item);
    }
}
