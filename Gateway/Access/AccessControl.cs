using System.Net.Sockets;
using System.Security.Cryptography;
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
/// <para>The server is open while no key was ever made, and closed from the first one on: revoking the last key does not open it
/// again.</para>
/// <para>Secrets are compared in constant time. A key that is not there costs what a wrong secret costs. Failures are counted by
/// address, and too many are answered 429.</para>
/// </remarks>
internal sealed class AccessControl
{
    private static readonly ServingError Missing = new(
        ErrorCode.Unauthenticated, "this needs an API key; send it as 'Authorization: Bearer KEY' or as 'x-api-key: KEY'");

    private static readonly ServingError Malformed = new(
        ErrorCode.Unauthenticated,
        "the credentials are not an API key of this server; send one as 'Authorization: Bearer KEY' or as 'x-api-key: KEY'");

    private static readonly ServingError Unknown = new(ErrorCode.Unauthenticated, "the API key is not known, or its secret is wrong");
    private static readonly ServingError Expired = new(ErrorCode.Unauthenticated, "the API key has expired; ask for another");
    private static readonly ServingError Revoked = new(ErrorCode.Unauthenticated, "the API key has been revoked");

    private readonly IAccessStore? store;
    private readonly GatewayInstruments instruments;
    private readonly TimeProvider clock;
    private readonly FailureLimiter failures;
    private volatile KeyTable table;

    public AccessControl(IAccessStore? store, GatewayOptions options, GatewayInstruments instruments, TimeProvider clock)
    {
        (this.store, this.instruments, this.clock) = (store, instruments, clock);
        failures = new FailureLimiter(options.AuthFailuresPerMinute, RandomNumberGenerator.GetInt32(int.MaxValue));
        table = new KeyTable(store?.Keys ?? []);
    }

    /// <summary>Everybody may do everything.</summary>
    public bool IsOpen => Table.IsEmpty;

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
        if (keys.IsEmpty) return Principal.Anonymous;
        var fault = AccessFault.Missing;
        var token = TokenOf(context.Request.Headers);
        if (token.Length > 0)
        {
            if (keys.Open(token, clock.GetUtcNow(), out fault) is { } principal) return principal;
        }
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

    private static ReadOnlySpan<char> TokenOf(IHeaderDictionary headers)
    {
        var authorization = headers.Authorization;
        if (authorization.Count == 0) return headers.TryGetValue("x-api-key", out var key) ? key.ToString().AsSpan().Trim() : default;
        var text = authorization.ToString().AsSpan().Trim();
        return text.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) ? text["Bearer ".Length..].Trim() : text;
    }

    private static bool IsLocal(HttpContext context) =>
        context.Features.Get<IConnectionSocketFeature>()?.Socket.AddressFamily == AddressFamily.Unix;

    private ServingError Refuse(HttpContext context, AccessFault fault)
    {
        instruments.Refused(fault);
        context.Response.Headers.WWWAuthenticate = "Bearer";
        if (fault == AccessFault.Missing) return Missing;
        var now = clock.GetTimestamp() / (double)clock.TimestampFrequency;
        if (failures.Count(context.Connection.RemoteIpAddress, now) is { } wait)
            return new ServingError(ErrorCode.QuotaExceeded, "too many wrong credentials came from this address; wait", wait);
        return fault switch
        {
            AccessFault.Malformed => Malformed,
            AccessFault.Expired => Expired,
            AccessFault.Revoked => Revoked,
            _ => Unknown,
        };
    }
}
