using Serving.Access.Quotas;
using Serving.Storage;

namespace Serving.Access;

/// <summary>
/// Drives the <see cref="AccessBook"/> in one process: asks it, writes the change and its audit note to the state file in one
/// transaction, and only then puts it in force. Without a state file everything lasts as long as the process.
/// </summary>
internal sealed class LocalAccessStore : IAccessStore
{
    private const string Kind = "key";
    private const string LimitsKind = "model_limits";
    private const string Log = "audit";

    private readonly Lock gate = new();
    private readonly StateStore? state;
    private readonly TimeProvider clock;
    private readonly AccessBook book;
    private readonly List<AuditEntry> unsaved = [];
    private long sequence;

    public LocalAccessStore(StateStore? state, TimeProvider clock)
    {
        (this.state, this.clock) = (state, clock);
        book = state is null
            ? new AccessBook([], [])
            : new AccessBook(
                Load(state, Kind, static body => AccessStateJson.ReadKey(body)), Load(state, LimitsKind, static body => AccessStateJson.ReadLimits(body)));
        (Keys, ModelLimits) = (book.Keys, book.ModelLimits);
    }

    public IReadOnlyList<ApiKey> Keys { get; private set => Volatile.Write(ref field, value); }

    public IReadOnlyList<ModelLimits> ModelLimits { get; private set => Volatile.Write(ref field, value); }

    public async ValueTask<Outcome<IssuedKey>> CreateAsync(KeySpec spec, Actor actor, CancellationToken cancellationToken)
    {
        var secret = FreshSecret.Make(keyId: null, clock.GetUtcNow());
        return Issue(await ChangeAsync(now => book.Create(spec, secret.KeyId, secret.Kept, actor, now)).ConfigureAwait(false), secret);
    }

    public async ValueTask<Outcome<IssuedKey>> RotateAsync(string id, TimeSpan overlap, Actor actor, CancellationToken cancellationToken)
    {
        var secret = FreshSecret.Make(id, clock.GetUtcNow());
        return Issue(await ChangeAsync(now => book.Rotate(id, overlap, secret.Kept, actor, now)).ConfigureAwait(false), secret);
    }

    public ValueTask<Outcome<ApiKey>> RevokeAsync(string id, Actor actor, CancellationToken cancellationToken) =>
        KeyAfterAsync(now => book.Revoke(id, actor, now));

    public ValueTask<Outcome<ApiKey>> LimitKeyAsync(string id, QuotaLimits? limits, Actor actor, CancellationToken cancellationToken) =>
        KeyAfterAsync(now => book.LimitKey(id, limits, actor, now));

    public async ValueTask<Outcome<Done>> LimitModelAsync(string model, QuotaLimits? limits, Actor actor, CancellationToken cancellationToken) =>
        (await ChangeAsync(_ => book.LimitModel(model, limits, actor)).ConfigureAwait(false)).Error is { } error ? error : default(Done);

    public async ValueTask<Outcome<Done>> RecordAsync(AuditNote note, CancellationToken cancellationToken) =>
        await Task.Run(() =>
        {
            lock (gate) return Write(AccessBook.Bound(note), change: null) is { } error ? error : (Outcome<Done>)default(Done);
        }, CancellationToken.None).ConfigureAwait(false);

    public async ValueTask<Outcome<IReadOnlyList<AuditEntry>>> ReadAuditAsync(long after, CancellationToken cancellationToken)
    {
        if (state is null)
        {
            lock (gate) return unsaved.Where(entry => entry.Sequence > after).Take(StateLimits.MaxPage).ToArray();
        }

        var entries = await Task.Run(() => state.ReadLog(Log, after), cancellationToken).ConfigureAwait(false);
        return entries.Select(entry => new AuditEntry(entry.Sequence, entry.At, AccessStateJson.ReadNote(entry.Body))).ToArray();
    }

    private static IEnumerable<T> Load<T>(StateStore state, string kind, Func<byte[], T> read)
    {
        for (var page = state.List(kind); page.Count > 0; page = state.List(kind, page[^1].Key))
        {
            foreach (var document in page) yield return read(document.Body);
        }
    }

    private static Outcome<IssuedKey> Issue(Outcome<AccessChange> outcome, FreshSecret secret) =>
        outcome.TryGetValue(out var change, out var error) ? new IssuedKey(change.Key!.After, secret.Token) : error;

    private async ValueTask<Outcome<ApiKey>> KeyAfterAsync(Func<DateTimeOffset, Outcome<AccessChange>> ask) =>
        (await ChangeAsync(ask).ConfigureAwait(false)).TryGetValue(out var change, out var error) ? change.Key!.After : error;

    /// <summary>Waits for the disk on a thread of the pool. Not cancelled half-way: whoever asked is told how it ended, or is gone.</summary>
    private async ValueTask<Outcome<AccessChange>> ChangeAsync(Func<DateTimeOffset, Outcome<AccessChange>> ask) =>
        await Task.Run(() => Change(ask)).ConfigureAwait(false);

    private Outcome<AccessChange> Change(Func<DateTimeOffset, Outcome<AccessChange>> ask)
    {
        lock (gate)
        {
            if (!ask(clock.GetUtcNow()).TryGetValue(out var change, out var error)) return error;
            if (change.Note is null) return change;
            if (Write(change.Note, change) is { } failed) return failed;
            book.Apply(change);
            (Keys, ModelLimits) = (book.Keys, book.ModelLimits);
            return change;
        }
    }

    private static void Put(StateBatch batch, AccessChange change)
    {
        if (change.Key is { } key)
        {
            batch.Put(Kind, key.After.Id, AccessStateJson.Write(key.After));
            if (key.Dropped is { } dropped) batch.Delete(Kind, dropped.Id);
        }
        else if (change.Limits is { } limits) batch.Put(LimitsKind, limits.Model, AccessStateJson.Write(limits));
        else batch.Delete(LimitsKind, change.Model!);
    }

    private ServingError? Write(AuditNote note, AccessChange? change)
    {
        if (state is null)
        {
            if (unsaved.Count >= AccessLimits.MaxNotes) unsaved.RemoveAt(0);
            unsaved.Add(new AuditEntry(++sequence, clock.GetUtcNow(), note));
            return null;
        }

        var batch = new StateBatch();
        if (change is not null) Put(batch, change);
        batch.Append(Log, AccessStateJson.Write(note));
        if (!state.Commit(batch).TryGetValue(out var numbers, out var error)) return error;

        // What is over the limit goes now and then; that it went matters to nobody.
        var last = numbers[^1];
        if (last > AccessLimits.MaxNotes && last % StateLimits.MaxPage == 0)
            state.Commit(new StateBatch().Trim(Log, last - AccessLimits.MaxNotes));
        return null;
    }
}
