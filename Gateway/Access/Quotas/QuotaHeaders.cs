namespace Gateway.Access.Quotas;

/// <summary>Names of the headers that tell a caller of its limits, by the draft draft-ietf-httpapi-ratelimit-headers.</summary>
internal static class QuotaHeaders
{
    /// <summary>What holds: quota (q), window in seconds (w) and unit (qu) of each limit.</summary>
    public const string Policy = "RateLimit-Policy";

    /// <summary>What is left: remaining (r), and seconds until all of it is there again (t).</summary>
    public const string Left = "RateLimit";
}
