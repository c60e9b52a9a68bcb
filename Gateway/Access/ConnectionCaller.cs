using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Gateway.Access;

/// <summary>
/// What was found out about a connection's caller, so that it need not be found out again for each request. Requests of one connection
/// may come at the same time: what is kept is immutable and swapped whole.
/// </summary>
internal sealed class ConnectionCaller
{
    /// <summary>The key that was shown last; null for none.</summary>
    public volatile KeyProof? Proof;

    /// <summary>Whom the connection's certificate names; null while nobody asked.</summary>
    public volatile Principal? Holder;

    /// <summary>What is kept of a request's connection. By the type and not Get: a generic call through the interface is looked up each time.</summary>
    public static ConnectionCaller? Of(HttpContext context) => (ConnectionCaller?)context.Features[typeof(ConnectionCaller)];

    /// <summary>Gives each of a listener's connections one, as a feature.</summary>
    public static void Use(ListenOptions listen) => listen.Use(next => connection =>
    {
        connection.Features.Set(new ConnectionCaller());
        return next(connection);
    });
}
