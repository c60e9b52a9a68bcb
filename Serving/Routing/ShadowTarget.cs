namespace Serving.Routing;

/// <summary>A ready version that gets a copy of some requests.</summary>
/// <param name="Version">The version's number.</param>
/// <param name="Percent">How many of the requests, above 0, at most 100.</param>
/// <param name="Since">The epoch that made it a shadow: with another one its comparison begins anew.</param>
internal sealed record ShadowTarget(string Version, double Percent, long Since)
{
    /// <summary>Whether this request's copy goes there. A version is never its own shadow.</summary>
    /// <param name="chosen">The version that answers.</param>
    /// <param name="random">A fresh uniform number, not the one the version was drawn with.</param>
    public bool Takes(string chosen, ulong random) =>
        (random >> 11) * (100.0 / (1UL << 53)) < Percent && chosen != Version;
}
