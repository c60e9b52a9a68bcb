namespace Serving.Access;

/// <summary>One secret of a key.</summary>
/// <param name="Salt">Random bytes of its own.</param>
/// <param name="Hash">SHA-256 over the salt and the secret.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="ExpiresAt">The end of the overlap in which it still opens the key; null for the present secret.</param>
public sealed record KeySecret(byte[] Salt, byte[] Hash, DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt);
