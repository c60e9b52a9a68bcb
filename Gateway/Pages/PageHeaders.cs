using Microsoft.AspNetCore.Http;

namespace Gateway.Pages;

/// <summary>What tells a browser to load and run nothing that a page did not bring along, and to tell nobody of it.</summary>
internal static class PageHeaders
{
    /// <param name="response">The page's.</param>
    /// <param name="policy">What it may do beside nothing, as <c>Content-Security-Policy</c> has it.</param>
    public static void Set(HttpResponse response, string policy)
    {
        var headers = response.Headers;
        headers.ContentSecurityPolicy = $"default-src 'none'; {policy}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        if (response.HttpContext.Request.IsHttps) headers.StrictTransportSecurity = "max-age=31536000";
    }
}
