namespace Serving.Access;

/// <summary>A key with its secret: told to whoever asked for it, once.</summary>
public sealed record IssuedKey(ApiKey Key, string Token);
