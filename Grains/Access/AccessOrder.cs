using Serving.Access;
using Serving.Access.Quotas;

namespace Grains.Access;

/// <summary>What is asked of the owner of the keys. Secrets are made where they are asked for: only their hashes travel.</summary>
internal sealed record AccessOrder
{
    public required AccessVerb Verb { get; init; }

    /// <summary>Who asks; null in a note, which names them.</summary>
    public Actor? Actor { get; init; }

    /// <summary>The key, or the model.</summary>
    public string Target { get; init; } = "";

    /// <summary>What a new key shall be.</summary>
    public KeySpec? Spec { get; init; }

    /// <summary>What shall open the key.</summary>
    public KeySecret? Secret { get; init; }

    /// <summary>How long the former secret holds on.</summary>
    public TimeSpan Overlap { get; init; }

    /// <summary>The limits from now on; null for none.</summary>
    public QuotaLimits? Limits { get; init; }

    /// <summary>What to write down.</summary>
    public AuditNote? Note { get; init; }
}
