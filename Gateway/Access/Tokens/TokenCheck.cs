using System.Collections.Concurrent;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Serving.Access;
using Serving.Access.Policy;

namespace Gateway.Access.Tokens;

/// <summary>
/// Tells who the bearer of a JSON Web Token is. The token must be signed by one of the issuer's keys with an algorithm of public keys, be
/// for this audience, and not have ended.
/// </summary>
/// <remarks>
/// A signature costs more than a small inference, and callers send the same token again and again: those that were good are remembered,
/// up to a number, while the keys stay the same and until they end.
/// </remarks>
internal sealed class TokenCheck
{
    /// <summary>What clocks may differ.</summary>
    private static readonly TimeSpan Skew = TimeSpan.FromSeconds(30);

    private const int MostCharacters = 16 << 10;
    private const int LongestName = 128;
    private const int MostRemembered = 1024;

    private static readonly string[] Algorithms =
    [
        SecurityAlgorithms.RsaSha256, SecurityAlgorithms.RsaSha384, SecurityAlgorithms.RsaSha512,
        SecurityAlgorithms.RsaSsaPssSha256, SecurityAlgorithms.RsaSsaPssSha384, SecurityAlgorithms.RsaSsaPssSha512,
        SecurityAlgorithms.EcdsaSha256, SecurityAlgorithms.EcdsaSha384, SecurityAlgorithms.EcdsaSha512,
    ];

    private readonly ConcurrentDictionary<string, Remembered> good = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Remembered>.AlternateLookup<ReadOnlySpan<char>> byText;
    private readonly JsonWebTokenHandler handler = new() { MapInboundClaims = false, MaximumTokenSizeInBytes = MostCharacters };
    private readonly TokenIssuer issuer;
    private readonly SigningKeys keys;
    private readonly TimeProvider clock;

    public TokenCheck(TokenIssuer issuer, SigningKeys keys, TimeProvider clock)
    {
        (this.issuer, this.keys, this.clock) = (issuer, keys, clock);
        byText = good.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>Whether it looks like one: three parts of letters.</summary>
    public static bool IsToken(ReadOnlySpan<char> text) => text.StartsWith("eyJ", StringComparison.Ordinal) && text.Count('.') == 2;

    /// <summary>The bearer, or null and why not.</summary>
    public Principal? Open(ReadOnlySpan<char> token, out AccessFault fault)
    {
        fault = AccessFault.Unknown;
        var known = keys.Current;
        if (byText.TryGetValue(token, out var remembered) && ReferenceEquals(remembered.Keys, known) && clock.GetUtcNow() < remembered.Until)
            return remembered.Principal;

        // All it needs is at hand, so that it ends where it begins.
        var text = token.ToString();
        var result = handler.ValidateTokenAsync(text, Parameters(known)).GetAwaiter().GetResult();
        if (result is { IsValid: true, SecurityToken: JsonWebToken read }) return Remember(text, read, known);
        if (result.Exception is SecurityTokenExpiredException) fault = AccessFault.Expired;
        else if (result.Exception is SecurityTokenSignatureKeyNotFoundException) keys.Miss();
        return null;
    }

    private Principal Remember(string text, JsonWebToken token, IReadOnlyList<SecurityKey> known)
    {
        var principal = PrincipalOf(token);
        if (good.Count >= MostRemembered) good.Clear();
        good[text] = new Remembered(principal, new DateTimeOffset(token.ValidTo, TimeSpan.Zero) + Skew, known);
        return principal;
    }

    private TokenValidationParameters Parameters(IReadOnlyList<SecurityKey> known) => new()
    {
        ValidIssuer = issuer.Issuer,
        ValidAudience = issuer.Audience,
        ValidAlgorithms = Algorithms,
        IssuerSigningKeys = known,
        RequireSignedTokens = true,
        RequireExpirationTime = true,
        LifetimeValidator = CheckLifetime,
    };

    private bool CheckLifetime(DateTime? from, DateTime? until, SecurityToken token, TokenValidationParameters parameters)
    {
        var now = clock.GetUtcNow().UtcDateTime;
        if (until is null) return false;
        if (until.Value + Skew <= now) throw new SecurityTokenExpiredException();
        return from is null || from.Value - Skew <= now;
    }

    private Principal PrincipalOf(JsonWebToken token)
    {
        var grants = new List<AccessGrant>();
        foreach (var rule in issuer.Rules)
        {
            foreach (var claim in token.Claims)
            {
                if (claim.Type != rule.Claim || !Holds(claim.Value, rule.Value)) continue;
                grants.Add(rule.Grant);
                break;
            }
        }

        var subject = string.IsNullOrEmpty(token.Subject) ? "nobody" : token.Subject;
        return new Principal($"jwt:{(subject.Length <= LongestName ? subject : subject[..LongestName])}", grants);
    }

    private static bool Holds(string claim, string value)
    {
        if (claim == value) return true;
        foreach (var word in claim.AsSpan().Split(' '))
        {
            if (claim.AsSpan()[word].SequenceEqual(value)) return true;
        }

        return false;
    }

    private sealed record Remembered(Principal Principal, DateTimeOffset Until, IReadOnlyList<SecurityKey> Keys);
}
