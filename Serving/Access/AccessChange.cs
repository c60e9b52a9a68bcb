using Serving.Access.Quotas;

namespace Serving.Access;

/// <summary>What shall become of a key or of a model's limits, and the note of it.</summary>
/// <param name="Note">For the audit log; null when everything stays as it is.</param>
internal sealed record AccessChange(AuditNote? Note)
{
    /// <summary>What becomes of a key; null when it is about a model.</summary>
    public KeyChange? Key { get; init; }

    /// <summary>The model that it is about.</summary>
    public string? Model { get; init; }

    /// <summary>The model's limits from then on; null for none.</summary>
    public ModelLimits? Limits { get; init; }
}
