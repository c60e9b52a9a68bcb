using System.Buffers;
using System.Security.Cryptography;
using System.Text.Json;
using Serving.Storage;

namespace Serving.Access;

/// <summary>
/// Drives the <see cref="KeyRing"/> in one process: asks it, writes the change and its audit note to the state file in one
/// transaction, and only then puts it in force. Without a state file everything lasts as long as the process.
/// </summary>
internal sealed class LocalAccessStore : IAccessStore
{
    private const string Kind = "key";
    private const string Log = "audit";

    private readonly Lock gate = new();
    private readonly StateStore? state;
    private readonly TimeProvider clock;
    private readonly KeyRing ring;
    private readonly List<AuditEntry> unsaved = [];
    private long sequence;

    public LocalAccessStore(StateStore? state, TimeProvider clock)
    {
        (this.state, this.clock) = (state, clock);
        ring = new KeyRing(state is null ? [] : Load(state));
        Keys = ring.Snapshot;
    }

    public IReadOnlyList<ApiKey> Keys { get; private set => Volatile.Write(ref field, value); }

    public ValueTask<Outcome<IssuedKey>> CreateAsync(KeySpec spec, Actor actor, CancellationToken cancellationToken) =>
        IssueAsync(actor, (entropy, now) => ring.Create(spec, entropy, now));

    public ValueTask<Outcome<IssuedKey>> RotateAsync(string id, TimeSpan overlap, Actor actor, CancellationToken cancellationToken) =>
        IssueAsync(actor, (entropy, now) => ring.Rotate(id, overlap, entropy, now));

    public async ValueTask<Outcome<ApiKey>> RevokeAsync(string id, Actor actor, CancellationToken cancellationToken) =>
        (await ChangeAsync(actor, now => ring.Revoke(id, now)).ConfigureAwait(false)).TryGetValue(out var change, out var error)
            ? change.After
            : error;

    public async ValueTask<Outcome<Done>> RecordAsync(AuditNote note, CancellationToken cancellationToken) =>
        await Task.Run(() =>
        {
            lock (gate) return Write(note, change: null) is { } error ? error : (Outcome<Done>)default(Done);
        }, CancellationToken.None).ConfigureAwait(false);

    public async ValueTask<IReadOnlyList<AuditEntry>> ReadAuditAsync(long after, CancellationToken cancellationToken)
    {
        if (state is null)
        {
            lock (gate) return [.. unsaved.Where(entry => entry.Sequence > after).Take(StateLimits.MaxPage)];
        }

        var entries = await Task.Run(() => state.ReadLog(Log, after), cancellationToken).ConfigureAwait(false);
        return [.. entries.Select(entry => new AuditEntry(entry.Sequence, entry.At, AccessStateJson.ReadNote(entry.Body)))];
    }

    private static IEnumerable<ApiKey> Load(StateStore state)
    {
        for (var page = state.List(Kind); page.Count > 0; page = state.List(Kind, page[^1].Key))
        {
            foreach (var document in page) yield return AccessStateJson.ReadKey(document.Body);
        }
    }

    private async ValueTask<Outcome<IssuedKey>> IssueAsync(Actor actor, Func<byte[], DateTimeOffset, Outcome<KeyChange>> ask)
    {
        var entropy = RandomNumberGenerator.GetBytes(KeyToken.EntropyBytes);
        var changed = await ChangeAsync(actor, now => ask(entropy, now)).ConfigureAwait(false);
        CryptographicOperations.ZeroMemory(entropy);
        return changed.TryGetValue(out var change, out var error) ? new IssuedKey(change.After, change.Token!) : error;
    }

    /// <summary>Waits for the disk on a thread of the pool. Not cancelled half-way: whoever asked is told how it ended, or is gone.</summary>
    private async ValueTask<Outcome<KeyChange>> ChangeAsync(Actor actor, Func<DateTimeOffset, Outcome<KeyChange>> ask) =>
        await Task.Run(() => Change(actor, ask)).ConfigureAwait(false);

    private Outcome<KeyChange> Change(Actor actor, Func<DateTimeOffset, Outcome<KeyChange>> ask)
    {
        lock (gate)
        {
            if (!ask(clock.GetUtcNow()).TryGetValue(out var change, out var error)) return error;
            if (ReferenceEquals(change.Before, change.After)) return change;
            var note = new AuditNote(actor, change.Action, change.After.Id, Describe(change.Before), Describe(change.After));
            if (Write(note, change) is { } failed) return failed;
            ring.Apply(change);
            Keys = ring.Snapshot;
            return change;
        }
    }

    private ServingError? Write(AuditNote note, KeyChange? change)
    {
        note = note with { Before = Bound(note.Before), After = Bound(note.After) };
        if (state is null)
        {
            if (unsaved.Count >= AccessLimits.MaxNotes) unsaved.RemoveAt(0);
            unsaved.Add(new AuditEntry(++sequence, clock.GetUtcNow(), note));
            return null;
        }

        var batch = new StateBatch();
        if (change is not null) batch.Put(Kind, change.After.Id, AccessStateJson.Write(change.After));
        if (change?.Dropped is { } dropped) batch.Delete(Kind, dropped.Id);
        batch.Append(Log, AccessStateJson.Write(note));
        if (!state.Commit(batch).TryGetValue(out var numbers, out var error)) return error;

        // What is over the limit goes now and then; that it went matters to nobody.
        var last = numbers[^1];
        if (last > AccessLimits.MaxNotes && last % StateLimits.MaxPage == 0)
            state.Commit(new StateBatch().Trim(Log, last - AccessLimits.MaxNotes));
        return null;
    }

    private static ReadOnlyMemory<byte> Describe(ApiKey? key)
    {
        if (key is null) return default;
        var json = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(json)) KeyJson.Write(writer, key);
        return json.WrittenMemory;
    }

    private static ReadOnlyMemory<byte> Bound(ReadOnlyMemory<byte> json)
    {
        if (json.Length <= AccessLimits.MaxNoteBytes) return json;
        var hash = Convert.ToHexStringLower(SHA256.HashData(json.Span));
        return System.Text.Encoding.UTF8.GetBytes($$"""{"bytes":{{json.Length}},"sha256":"{{hash}}"}""");
    }
}
