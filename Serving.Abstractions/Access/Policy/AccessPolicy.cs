namespace Serving.Access.Policy;

/// <summary>Who may come in without a key of this server: by certificates and tokens that others issue.</summary>
/// <param name="Certificates">Tried in order; the first whose subject fits decides.</param>
/// <param name="Tokens">Whose tokens are taken; null for none.</param>
public sealed record AccessPolicy(IReadOnlyList<CertificateRule> Certificates, TokenIssuer? Tokens)
{
    /// <summary>Nobody.</summary>
    public static readonly AccessPolicy None = new([], null);
}
