namespace Serving.Access;

/// <summary>What shall become of a key.</summary>
/// <param name="Action">What the audit log calls it.</param>
/// <param name="Before">The key as it stands; null for a new one.</param>
/// <param name="After">The key as it will be.</param>
/// <param name="Dropped">A dead key that makes room.</param>
internal sealed record KeyChange(string Action, ApiKey? Before, ApiKey After, ApiKey? Dropped);
