using System.Net.Sockets;
using System.Security.Cryptography;
using Gateway.Access.Tokens;
using Gateway.Hosting;
using Gateway.Metrics;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Serving;
using Serving.Access;

namespace Gateway.Access;

/// <summary>
/// The door: who is calling (<see cref="Authenticate"/>), and may they (<see cref="Authorize"/>). Both protocols pass it, before a
/// body is read.
/// </summary>
/// <remarks>
/// <para>The server is open while no key was ever made and no policy lets others in, and closed from the first key on: revoking the last
/// does not open it again.</para>
/// <para>Secrets are compared in constant time. A key that is not there costs what a wrong secret costs. A connection remembers the key that
/// it showed, so that it is hashed once. Failures are counted by address, and too many are answered 429.</para>
/// </remarks>
internal sealed class AccessControl
{
    private static readonly ServingError Malformed = new(
        ErrorCode.Unauthenticated,
        "the credentials are not an API key of this server; send one as 'Authorization: Bearer KEY' or as 'x-api-key: KEY'");

    // The same for every fault of a token but its age: what exactly is wrong is its issuer's affair.
    private static readonly ServingError BadToken = new(
        ErrorCode.Unauthenticated, "the token is not accepted here; get a new one, for this server, from its issuer");

    private static readonly ServingError OldToken = new(ErrorCode.Unauthenticated, "the token has expired; get a new one from its issuer");

    private static readonly ServingError Unknown = new(ErrorCode.Unauthenticated, "the API key is not known, or its secret is wrong");
    private static readonly ServingError Expired = new(ErrorCode.Unauthenticated, "the API key has expired; ask for another");
    private static readonly ServingError Revoked = new(ErrorCode.Unauthenticated, "the API key has been revoked");

    private readonly IAccessStore? store;
    private readonly CertificateCheck? certificates;
    private readonly TokenCheck? tokens;
    private readonly GatewayInstruments instruments;
    private readonly TimeProvider clock;
    private readonly FailureLimiter failures;
    private readonly ServingError missing;
    private volatile KeyTable table;

    /// <param name="store">Keys; null in an edition without.</param>
    /// <param name="certificates">Callers' certificates; null when they are not looked at.</param>
    /// <param name="tokens">Tokens of an issuer; null when none are taken.</param>
    /// <param name="options">Limits.</param>
    /// <param name="instruments">Where refusals are counted.</param>
    /// <param name="clock">For what ends.</param>
    public AccessControl(
        IAccessStore? store, CertificateCheck? certificates, TokenCheck? tokens, GatewayOptions options, GatewayInstruments instruments, TimeProvider clock)
    {
        (this.certificates, this.tokens) = (certificates, tokens);
        (this.store, this.instruments, this.clock) = (store, instruments, clock);
        failures = new FailureLimiter(options.AuthFailuresPerMinute, RandomNumberGenerator.GetInt32(int.MaxValue));
        table = new KeyTable([]);
        missing = new ServingError(ErrorCode.Unauthenticated, $"this needs {WhatLetsIn()}; send it as 'Authorization: Bearer KEY' or as 'x-api-key: KEY'");
    }

    private KeyTable Table
    {
        get
        {
            var known = table;
            return store is null || ReferenceEquals(known.Source, store.Keys) ? known : table = new KeyTable(store.Keys);
        }
    }

    /// <summary>Tells who calls, by what the request's headers or its connection show.</summary>
    public Outcome<Principal> Authenticate(HttpContext context)
    {
        var keys = Table;
        if (keys.IsEmpty && certificates is null && tokens is null) return Principal.Anonymous;
        var fault = AccessFault.Missing;
        var token = TokenOf(context.Request.Headers);
        if (token.Length > 0)
        {
            // Who sends credentials is judged by them alone, whatever else speaks for the connection.
            if (tokens is not null && TokenCheck.IsToken(token))
                return tokens.Open(token, out fault) is { } bearer ? bearer : Refuse(context, fault, fault == AccessFault.Expired ? OldToken : BadToken);
            if (keys.Open(token, clock, ConnectionCaller.Of(context), out fault) is { } principal) return principal;
        }
        else if (certificates?.Open(context) is { } holder) return holder;
        else if (IsLocal(context)) return Principal.Local;

        return Refuse(context, fault);
    }

    /// <summary>
    /// Null when the caller may. With <paramref name="model"/> null, only what does not depend on the model is decided; the caller
    /// asks again when it is known.
    /// </summary>
    public ServingError? Authorize(Principal principal, OperationKind kind, string? model)
    {
        var may = kind.Reach switch
        {
            AccessReach.AllModels => principal.MayEverywhere(kind.Scope),
            AccessReach.Model when model is not null => principal.May(kind.Scope, model),
            _ => principal.MayAnywhere(kind.Scope),
        };
        if (may) return null;
        instruments.Refused(AccessFault.Forbidden);
        var where = kind.Reach switch
        {
            AccessReach.AllModels => " for all models",
            AccessReach.Model when model is not null => $" for model '{model}'",
            _ => "",
        };
        return new ServingError(
            ErrorCode.Forbidden, $"{principal.Name} does not have the scope {string.Join(", ", ScopeNames.Of(kind.Scope))}{where}");
    }

    private string WhatLetsIn() =>
        (certificates is null ? "" : "a known client certificate, or ") + (tokens is null ? "an API key" : store is null ? "a token" : "an API key or a token");

    private static ReadOnlySpan<char> TokenOf(IHeaderDictionary headers)
    {
        var authorization = headers.Authorization;
        if (authorization.Count == 0) return headers.TryGetValue("x-api-key", out var key) ? key.ToString().AsSpan().Trim() : default;
        var text = authorization.ToString().AsSpan().Trim();
        return text.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) ? text["Bearer ".Length..].Trim() : text;
    }

    private static bool IsLocal(HttpContext context) =>
        context.Features.Get<IConnectionSocketFeature>()?.Socket.AddressFamily == AddressFamily.Unix;

    private ServingError Refuse(HttpContext context, AccessFault fault, ServingError? error = null)
    {
        instruments.Refused(fault);
        context.Response.Headers.WWWAuthenticate = "Bearer";
        if (fault == AccessFault.Missing) return missing;
        var now = clock.GetTimestamp() / (double)clock.TimestampFrequency;
        if (failures.Count(context.Connection.RemoteIpAddress, now) is { } wait)
            return new ServingError(ErrorCode.QuotaExceeded, "too many wrong credentials came from this address; wait", wait);
        return error ?? fault switch
        {
            AccessFault.Malformed => Malformed,
            AccessFault.Expired => Expired,
            AccessFault.Revoked => Revoked,
            _ => Unknown,
        };
    }
}
