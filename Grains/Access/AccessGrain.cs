using Grains.Hosting;
using Grains.Inference;
using Grains.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;
using Orleans.Storage;
using Serving;
using Serving.Access;

namespace Grains.Access;

/// <summary>
/// Drives the <see cref="AccessBook"/> for the whole cluster: what <see cref="LocalAccessStore"/> is in one process. A change is saved,
/// confirmed, pushed to every silo, and only then acknowledged. One that is not confirmed leaves what was saved last in force.
/// </summary>
/// <remarks>
/// The newest notes are in one document with the keys, so that a change and its note are one write; a page that is full goes to a document
/// of its own before the next one begins.
/// </remarks>
[KeepAlive]
internal sealed class AccessGrain(
    [PersistentState("access", StorageNames.Grains)] IPersistentState<AccessGrainState> state,
    [FromKeyedServices(StorageNames.Grains)] IGrainStorage documents,
    StorageHealth storage,
    Standing standing,
    IClusterMembershipService membership,
    TimeProvider clock,
    ILogger<AccessGrain> log)
    : Grain, IAccessGrain
{
    /// <summary>A change is answered after this time even if a silo that counts as living has not taken it.</summary>
    private static readonly TimeSpan SettleTime = TimeSpan.FromSeconds(2);

    /// <summary>Pages of notes in one answer: more than a thousand notes, unless they are large.</summary>
    private const int MostPages = 32;

    private const int MostBytes = 4 << 20;

    private readonly Dictionary<SiloAddress, AccessSubscriber> subscribers = [];
    private AccessBook book = null!;
    private AuditPages pages = null!;
    private AuditEntry[] open = [];
    private SentAccess standingCopy = null!;
    private bool isOver;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        pages = new AuditPages(documents, this.GetGrainId());
        book = new AccessBook(AccessWire.ReadKeys(state.State.Keys), AccessWire.ReadLimits(state.State.Limits));
        open = AccessWire.ReadEntries(state.State.Notes);
        standingCopy = Copy();
        return Task.CompletedTask;
    }

    public Task<SentAccess?> Subscribe(IAccessObserver observer, SiloAddress silo, long number)
    {
        var subscriber = Of(silo);
        subscriber.Observer = observer;
        subscriber.Confirm(number);
        return Task.FromResult(number < standingCopy.Number ? standingCopy : null);
    }

    public async Task<SentDocument> Change(Blob order)
    {
        if (storage.Refusal is { } refused) return Failed(refused);
        var (read, now) = (AccessWire.ReadOrder(order), clock.GetUtcNow());
        if (read is { Verb: AccessVerb.Note, Note: { } note })
            return await SaveAsync(AccessBook.Bound(note), change: null, now) ? new SentDocument() : Failed(StorageHealth.UnsavedNote);
        if (!Ask(read, now).TryGetValue(out var change, out var error)) return Failed(error);
        if (change.Note is not null)
        {
            if (!await SaveAsync(change.Note, change, now)) return Failed(StorageHealth.UnsavedAccess);
            await PublishAsync();
        }

        return new SentDocument { Json = change.Key is { } key ? AccessWire.Write(key.After) : null };
    }

    public async Task<SentDocument> ReadAudit(long after)
    {
        if (storage.Refusal is { } refused) return Failed(refused);
        var (notes, bytes, newest) = (new List<AuditEntry>(), 0, open);
        var first = newest.Length > 0 ? newest[0].Sequence : state.State.LastNote + 1;
        for (var page = AuditPages.PageOf(Math.Max(after + 1, first - AccessLimits.MaxNotes)); page < AuditPages.PageOf(first) && bytes < MostBytes; page++)
        {
            if (notes.Count >= (MostPages - 1) * AuditPages.Notes) return Sent(notes);
            foreach (var entry in await pages.ReadAsync(page)) Take(entry);
        }

        if (bytes < MostBytes) foreach (var entry in newest) Take(entry);
        return Sent(notes);

        void Take(AuditEntry entry)
        {
            if (entry.Sequence <= after) return;
            notes.Add(entry);
            bytes += entry.Note.Before.Length + entry.Note.After.Length;
        }
    }

    private static SentDocument Sent(List<AuditEntry> notes) => new() { Json = new Blob(AccessWire.Write([.. notes])) };

    private static SentDocument Failed(ServingError error) => new() { Error = SentError.Of(error) };

    private Outcome<AccessChange> Ask(AccessOrder order, DateTimeOffset now) => order.Verb switch
    {
        AccessVerb.Create => book.Create(order.Spec!, order.Target, order.Secret!, order.Actor!, now),
        AccessVerb.Rotate => book.Rotate(order.Target, order.Overlap, order.Secret!, order.Actor!, now),
        AccessVerb.Revoke => book.Revoke(order.Target, order.Actor!, now),
        AccessVerb.LimitKey => book.LimitKey(order.Target, order.Limits, order.Actor!, now),
        _ => book.LimitModel(order.Target, order.Limits, order.Actor!),
    };

    /// <summary>Makes a change and its note last, then puts the change in force here.</summary>
    private async Task<bool> SaveAsync(AuditNote note, AccessChange? change, DateTimeOffset now)
    {
        if (isOver) return false;
        try
        {
            // A page that is full is written before the document forgets it: whatever happens in between, no note is lost.
            if (open.Length == AuditPages.Notes) await pages.WriteAsync(open);
            var entry = new AuditEntry(state.State.LastNote + 1, now, note);
            AuditEntry[] next = open.Length == AuditPages.Notes ? [entry] : [.. open, entry];
            if (change is not null)
            {
                book.Apply(change);
                state.State.Number++;
                (state.State.Keys, state.State.Limits) = (AccessWire.Write(book.Keys), AccessWire.Write(book.ModelLimits));
            }

            (state.State.Notes, state.State.LastNote) = (AccessWire.Write(next), entry.Sequence);
            await state.WriteStateAsync();
            await standing.ConfirmAsync();
            open = next;
            if (change is not null) standingCopy = Copy();
            return true;
        }
        catch (Exception e)
        {
            // What was saved last is in force; whoever comes next finds it as it is in storage.
            ClusterLog.AccessUnsaved(log, e.Message);
            isOver = true;
            DeactivateOnIdle();
            return false;
        }
    }

    private SentAccess Copy() => new() { Number = state.State.Number, Keys = new Blob(state.State.Keys), Limits = new Blob(state.State.Limits) };

    /// <summary>Pushes what stands to every silo, and waits until all that live have taken it; one that is not reached asks within a second.</summary>
    private async Task PublishAsync()
    {
        var copy = standingCopy;
        var living = Living();
        foreach (var subscriber in living) _ = PushAsync(subscriber, copy);
        try
        {
            await Task.WhenAll(living.Select(s => s.WhenAtAsync(copy.Number))).WaitAsync(SettleTime, clock);
        }
        catch (TimeoutException)
        {
            ClusterLog.AccessUnsettled(log, string.Join(", ", living.Where(s => s.Confirmed < copy.Number).Select(s => s.Silo)));
        }
    }

    private static async Task PushAsync(AccessSubscriber subscriber, SentAccess copy)
    {
        if (subscriber.Observer is not { } observer) return;
        try
        {
            await observer.Apply(copy);
            subscriber.Confirm(copy.Number);
        }
        catch (Exception lost) when (ClusterFault.Is(lost))
        {
            // The net below: the silo asks by itself.
        }
    }

    private AccessSubscriber Of(SiloAddress silo) =>
        subscribers.TryGetValue(silo, out var subscriber) ? subscriber : subscribers[silo] = new AccessSubscriber(silo);

    private AccessSubscriber[] Living()
    {
        var members = membership.CurrentSnapshot;
        foreach (var gone in subscribers.Keys.Where(silo => members.GetSiloStatus(silo) is SiloStatus.Dead or SiloStatus.None).ToArray()) subscribers.Remove(gone);
        return [.. members.Members.Values.Where(m => m.Status == SiloStatus.Active).Select(m => Of(m.SiloAddress))];
    }
}
