namespace Serving.Access.Policy;

/// <summary>An issuer of JSON Web Tokens whose word counts here.</summary>
/// <param name="Issuer">The <c>iss</c> that tokens must have.</param>
/// <param name="Audience">The <c>aud</c> that they must be for.</param>
/// <param name="KeysFile">Where its public keys are, as a JSON Web Key Set; this or <paramref name="KeysUrl"/>.</param>
/// <param name="KeysUrl">Where they are fetched.</param>
/// <param name="Refresh">How often they are read again.</param>
/// <param name="Rules">What tokens allow; every rule that fits adds to it.</param>
public sealed record TokenIssuer(
    string Issuer, string Audience, string? KeysFile, Uri? KeysUrl, TimeSpan Refresh, IReadOnlyList<ClaimRule> Rules);
