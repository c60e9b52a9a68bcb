using Serving.Access.Quotas;

namespace Serving.Access;

/// <summary>Who may come in, and the record of who changed what. What it acknowledges survives a crash.</summary>
public interface IAccessStore
{
    /// <summary>
    /// Every key, dead ones included: an immutable list, another one after each change. Read for every request, without waiting.
    /// </summary>
    /// <exception cref="InvalidOperationException">They are not known yet: nobody may be let in.</exception>
    IReadOnlyList<ApiKey> Keys { get; }

    /// <summary>Ends when keys and limits are known. No request is taken in before.</summary>
    Task Known => Task.CompletedTask;

    /// <summary>Makes a key. <see cref="ErrorCode.Conflict"/> when there are as many as there may be.</summary>
    ValueTask<Outcome<IssuedKey>> CreateAsync(KeySpec spec, Actor actor, CancellationToken cancellationToken);

    /// <summary>
    /// Gives a key another secret; the present one opens it for <paramref name="overlap"/> more. <see cref="ErrorCode.NotFound"/> for
    /// an unknown key, <see cref="ErrorCode.Conflict"/> for a dead one.
    /// </summary>
    ValueTask<Outcome<IssuedKey>> RotateAsync(string id, TimeSpan overlap, Actor actor, CancellationToken cancellationToken);

    /// <summary>Ends a key for good; one that is revoked already stays as it is. <see cref="ErrorCode.NotFound"/> for an unknown one.</summary>
    ValueTask<Outcome<ApiKey>> RevokeAsync(string id, Actor actor, CancellationToken cancellationToken);

    /// <summary>The models that have limits: an immutable list, another one after each change. Read as <see cref="Keys"/> are.</summary>
    IReadOnlyList<ModelLimits> ModelLimits { get; }

    /// <summary>
    /// Limits a key from now on, or with null no longer. <see cref="ErrorCode.NotFound"/> for an unknown key,
    /// <see cref="ErrorCode.Conflict"/> for a dead one.
    /// </summary>
    ValueTask<Outcome<ApiKey>> LimitKeyAsync(string id, QuotaLimits? limits, Actor actor, CancellationToken cancellationToken);

    /// <summary>
    /// Limits what all callers together may ask of a model, or with null no longer. <see cref="ErrorCode.Conflict"/> when as many
    /// models are limited as may be.
    /// </summary>
    ValueTask<Outcome<Done>> LimitModelAsync(string model, QuotaLimits? limits, Actor actor, CancellationToken cancellationToken);

    /// <summary>Appends a note about a change made elsewhere.</summary>
    ValueTask<Outcome<Done>> RecordAsync(AuditNote note, CancellationToken cancellationToken);

    /// <summary>Notes after a number, oldest first, up to a thousand; none when there are none after it.</summary>
    ValueTask<Outcome<IReadOnlyList<AuditEntry>>> ReadAuditAsync(long after, CancellationToken cancellationToken);
}
