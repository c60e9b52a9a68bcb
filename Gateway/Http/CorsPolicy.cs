using System.Collections.Frozen;
using Gateway.Hosting;
using Microsoft.AspNetCore.Http;

namespace Gateway.Http;

/// <summary>
/// Lets pages of certain origins call from a browser. Credentials are headers here, never cookies, so that a page can only send those
/// that it was given.
/// </summary>
internal sealed class CorsPolicy
{
    private const string Methods = "GET, POST, PUT, DELETE";
    private const string Exposed =
        "x-request-id, x-serving-route, Server-Timing, ETag, Retry-After, Inference-Header-Content-Length, RateLimit, RateLimit-Policy";

    private const string RememberSeconds = "600";
    private const int LongestHeaders = 1024;

    private readonly FrozenSet<string> origins;
    private readonly bool all;

    private CorsPolicy(IReadOnlyList<string> origins) => (this.origins, all) = (origins.ToFrozenSet(StringComparer.Ordinal), origins.Contains("*"));

    /// <summary>Null when no origin is let in.</summary>
    public static CorsPolicy? Of(GatewayOptions options) => options.CorsOrigins.Count == 0 ? null : new CorsPolicy(options.CorsOrigins);

    /// <summary>
    /// Tells the browser that its page may read the answer. True when the request only asks whether another one may follow: then it is
    /// answered.
    /// </summary>
    public bool Answers(HttpContext context)
    {
        var (request, headers) = (context.Request, context.Response.Headers);
        if (!all) headers.Vary = "Origin";
        var origin = request.Headers.Origin.ToString();
        if (origin.Length == 0 || !all && !origins.Contains(origin)) return false;
        headers.AccessControlAllowOrigin = all ? "*" : origin;
        headers.AccessControlExposeHeaders = Exposed;
        if (!HttpMethods.IsOptions(request.Method) || request.Headers.AccessControlRequestMethod.Count == 0) return false;
        headers.AccessControlAllowMethods = Methods;
        var asked = request.Headers.AccessControlRequestHeaders.ToString();
        if (asked.Length is > 0 and <= LongestHeaders) headers.AccessControlAllowHeaders = asked;
        headers.AccessControlMaxAge = RememberSeconds;
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return true;
    }
}
