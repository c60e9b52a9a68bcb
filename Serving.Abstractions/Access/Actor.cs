namespace Serving.Access;

/// <summary>Who makes a change.</summary>
/// <param name="Name">A key (<c>key:0f3a…</c>), a certificate, a token's subject, <c>local</c> or <c>anonymous</c>.</param>
/// <param name="Address">Where the call came from, where that is known.</param>
public sealed record Actor(string Name, string? Address);
