using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Serving.Access.Quotas;

namespace Serving.Access;

/// <summary>
/// Keys and limits, and what may become of them. A machine, as <see cref="KeyRing"/> is: a question is answered with an
/// <see cref="AccessChange"/>, which alters nothing until <see cref="Apply"/>. Its drivers make change and note last in one step.
/// </summary>
internal sealed class AccessBook(IEnumerable<ApiKey> keys, IEnumerable<ModelLimits> limits)
{
    private readonly KeyRing ring = new(keys);

    /// <summary>Every key, oldest first; another list after each change.</summary>
    public IReadOnlyList<ApiKey> Keys => ring.Snapshot;

    /// <summary>The models that have limits, by name; another list after each change.</summary>
    public IReadOnlyList<ModelLimits> ModelLimits { get; private set; } = [.. limits.OrderBy(row => row.Model, StringComparer.Ordinal)];

    /// <summary>Cuts a note to what is kept of one.</summary>
    public static AuditNote Bound(AuditNote note) => note with { Before = Bound(note.Before), After = Bound(note.After) };

    public Outcome<AccessChange> Create(KeySpec spec, string id, KeySecret secret, Actor actor, DateTimeOffset now) => Of(actor, ring.Create(spec, id, secret, now));

    public Outcome<AccessChange> Rotate(string id, TimeSpan overlap, KeySecret secret, Actor actor, DateTimeOffset now) =>
        Of(actor, ring.Rotate(id, overlap, secret, now));

    public Outcome<AccessChange> Revoke(string id, Actor actor, DateTimeOffset now) => Of(actor, ring.Revoke(id, now));

    public Outcome<AccessChange> LimitKey(string id, QuotaLimits? limits, Actor actor, DateTimeOffset now) => Of(actor, ring.Limit(id, limits, now));

    public Outcome<AccessChange> LimitModel(string model, QuotaLimits? limits, Actor actor)
    {
        var before = ModelLimits.FirstOrDefault(row => row.Model == model);
        if (before?.Limits == limits) return new AccessChange(Note: null) { Model = model, Limits = before };
        if (before is null && ModelLimits.Count >= AccessLimits.MaxLimitedModels)
            return new ServingError(ErrorCode.Conflict, $"{ModelLimits.Count} models have limits; lift those of another first");
        var note = new AuditNote(actor, "model_limit", model, Describe(before?.Limits, QuotaJson.Write), Describe(limits, QuotaJson.Write));
        return new AccessChange(Bound(note)) { Model = model, Limits = limits is null ? null : new ModelLimits(model, limits) };
    }

    /// <summary>Puts a change in force that was answered last, and will last.</summary>
    public void Apply(AccessChange change)
    {
        if (change.Key is { } key) ring.Apply(key);
        if (change.Model is not { } model) return;
        var others = ModelLimits.Where(row => row.Model != model);
        ModelLimits = [.. change.Limits is null ? others : others.Append(change.Limits).OrderBy(row => row.Model, StringComparer.Ordinal)];
    }

    private static Outcome<AccessChange> Of(Actor actor, Outcome<KeyChange> outcome)
    {
        if (!outcome.TryGetValue(out var change, out var error)) return error;
        if (ReferenceEquals(change.Before, change.After)) return new AccessChange(Note: null) { Key = change };
        var note = new AuditNote(actor, change.Action, change.After.Id, Describe(change.Before, KeyJson.Write), Describe(change.After, KeyJson.Write));
        return new AccessChange(Bound(note)) { Key = change };
    }

    private static ReadOnlyMemory<byte> Describe<T>(T? value, Action<Utf8JsonWriter, T> write)
        where T : class
    {
        if (value is null) return default;
        var json = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(json)) write(writer, value);
        return json.WrittenMemory;
    }

    private static ReadOnlyMemory<byte> Bound(ReadOnlyMemory<byte> json)
    {
        if (json.Length <= AccessLimits.MaxNoteBytes) return json;
        var hash = Convert.ToHexStringLower(SHA256.HashData(json.Span));
        return Encoding.UTF8.GetBytes($$"""{"bytes":{{json.Length}},"sha256":"{{hash}}"}""");
    }
}
