using System.Buffers;
using System.Security.Cryptography;
using System.Text.Json;
using Serving.Access.Quotas;
using Serving.Storage;

namespace Serving.Access;

/// <summary>
/// Drives the <see cref="KeyRing"/> in one process: asks it, writes the change and its audit note to the state file in one
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
    private readonly KeyRing ring;
    private readonly List<AuditEntry> unsaved = [];
    private long sequence;

    public LocalAccessStore(StateStore? state, TimeProvider clock)
    {
        (this.state, this.clock) = (state, clock);
        ring = new KeyRing(state is null ? [] : Load(state, Kind, static body => AccessStateJson.ReadKey(body)));
        Keys = ring.Snapshot;
        ModelLimits = state is null ? [] : [.. Load(state, LimitsKind, static body => AccessStateJson.ReadLimits(body))];
    }

    public IReadOnlyList<ApiKey> Keys { get; private set => Volatile.Write(ref field, value); }

    public IReadOnlyList<ModelLimits> ModelLimits { get; private set => Volatile.Write(ref field, value); }

    public ValueTask<Outcome<IssuedKey>> CreateAsync(KeySpec spec, Actor actor, CancellationToken cancellationToken) =>
        IssueAsync(actor, (entropy, now) => ring.Create(spec, entropy, now));

    public ValueTask<Outcome<IssuedKey>> RotateAsync(string id, TimeSpan overlap, Actor actor, CancellationToken cancellationToken) =>
        IssueAsync(actor, (entropy, now) => ring.Rotate(id, overlap, entropy, now));

    public ValueTask<Outcome<ApiKey>> RevokeAsync(string id, Actor actor, CancellationToken cancellationToken) =>
        KeyAfterAsync(actor, now => ring.Revoke(id, now));

    public ValueTask<Outcome<ApiKey>> LimitKeyAsync(string id, QuotaLimits? limits, Actor actor, CancellationToken cancellationToken) =>
        KeyAfterAsync(actor, now => ring.Limit(id, limits, now));

    public async ValueTask<Outcome<Done>> LimitModelAsync(
        string model, QuotaLimits? limits, Actor actor, CancellationToken cancellationToken) =>
        await Task.Run(() => LimitModel(model, limits, actor), CancellationToken.None).ConfigureAwait(false) is { } error
            ? error
            : (Outcome<Done>)default(Done);

    public async ValueTask<Outcome<Done>> RecordAsync(AuditNote note, CancellationToken cancellationToken) =>
        await Task.Run(() =>
        {
            lock (gate) return Write(note) is { } error ? error : (Outcome<Done>)default(Done);
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

    private static IEnumerable<T> Load<T>(StateStore state, string kind, Func<byte[], T> read)
    {
        for (var page = state.List(kind); page.Count > 0; page = state.List(kind, page[^1].Key))
        {
            foreach (var document in page) yield return read(document.Body);
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
            if (Write(note, batch => Put(batch, change)) is { } failed) return failed;
            ring.Apply(change);
            Keys = ring.Snapshot;
            return change;
        }
    }

    private async ValueTask<Outcome<ApiKey>> KeyAfterAsync(Actor actor, Func<DateTimeOffset, Outcome<KeyChange>> ask) =>
        (await ChangeAsync(actor, ask).ConfigureAwait(false)).TryGetValue(out var change, out var error) ? change.After : error;

    private ServingError? LimitModel(string model, QuotaLimits? limits, Actor actor)
    {
        lock (gate)
        {
            var before = ModelLimits.FirstOrDefault(row => row.Model == model);
            if (before?.Limits == limits) return null;
            if (before is null && ModelLimits.Count >= AccessLimits.MaxLimitedModels)
                return new ServingError(ErrorCode.Conflict, $"{ModelLimits.Count} models have limits; lift those of another first");
            var after = limits is null ? null : new ModelLimits(model, limits);
            var note = new AuditNote(actor, "model_limit", model, Describe(before?.Limits), Describe(limits));
            var failed = Write(
                note, batch => _ = after is null ? batch.Delete(LimitsKind, model) : batch.Put(LimitsKind, model, AccessStateJson.Write(after)));
            if (failed is not null) return failed;
            var others = ModelLimits.Where(row => row.Model != model);
            ModelLimits = [.. after is null ? others : others.Append(after).OrderBy(row => row.Model, StringComparer.Ordinal)];
            return null;
        }
    }

    private static void Put(StateBatch batch, KeyChange change)
    {
        batch.Put(Kind, change.After.Id, AccessStateJson.Write(change.After));
        if (change.Dropped is { } dropped) batch.Delete(Kind, dropped.Id);
    }

    private ServingError? Write(AuditNote note, Action<StateBatch>? change = null)
    {
        note = note with { Before = Bound(note.Before), After = Bound(note.After) };
        if (state is null)
        {
            if (unsaved.Count >= AccessLimits.MaxNotes) unsaved.RemoveAt(0);
            unsaved.Add(new AuditEntry(++sequence, clock.GetUtcNow(), note));
            return null;
        }

        var batch = new StateBatch();
        change?.Invoke(batch);
        batch.Append(Log, AccessStateJson.Write(note));
        if (!state.Commit(batch).TryGetValue(out var numbers, out var error)) return error;

        // What is over the limit goes now and then; that it went matters to nobody.
        var last = numbers[^1];
        if (last > AccessLimits.MaxNotes && last % StateLimits.MaxPage == 0)
            state.Commit(new StateBatch().Trim(Log, last - AccessLimits.MaxNotes));
        return null;
    }

    private static ReadOnlyMemory<byte> Describe(ApiKey? key) => key is null ? default : Describe(key, KeyJson.Write);

    private static ReadOnlyMemory<byte> Describe(QuotaLimits? limits) => limits is null ? default : Describe(limits, QuotaJson.Write);

    private static ReadOnlyMemory<byte> Describe<T>(T value, Action<Utf8JsonWriter, T> write)
    {
        var json = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(json)) write(writer, value);
        return json.WrittenMemory;
    }

    private static ReadOnlyMemory<byte> Bound(ReadOnlyMemory<byte> json)
    {
        if (json.Length <= AccessLimits.MaxNoteBytes) return json;
        var hash = Convert.ToHexStringLower(SHA256.HashData(json.Span));
        return System.Text.Encoding.UTF8.GetBytes($$"""{"bytes":{{json.Length}},"sha256":"{{hash}}"}""");
    }
}
