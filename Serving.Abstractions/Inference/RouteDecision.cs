using System.Globalization;

namespace Serving.Inference;

/// <summary>Which version was chosen, and why: what <c>x-serving-route</c> says.</summary>
/// <param name="Version">The version that was chosen.</param>
/// <param name="Variant">Its label in the traffic document, else null.</param>
/// <param name="Reason">Which step of the choice decided.</param>
/// <param name="Epoch">The route table's epoch: raised by one at each change.</param>
public readonly record struct RouteDecision(string Version, string? Variant, RouteReason Reason, long Epoch)
{
    // Without setters: a copy with another field would keep the text of the first.
    public string Version { get; } = Version;

    public string? Variant { get; } = Variant;

    public RouteReason Reason { get; } = Reason;

    public long Epoch { get; } = Epoch;

    /// <summary>
    /// As the header carries it: <c>version=2;variant=canary;reason=sticky;epoch=7</c>. A route table makes it once per
    /// decision, so that answering formats nothing; elsewhere it is made when asked for.
    /// </summary>
    public string Text
    {
        get => field ?? Format();
        private init;
    }

    /// <summary>The same decision, with its text made now.</summary>
    public RouteDecision WithText() => this with { Text = Format() };

    // The text says nothing the other fields do not.
    public bool Equals(RouteDecision other) =>
        Version == other.Version && Variant == other.Variant && Reason == other.Reason && Epoch == other.Epoch;

    public override int GetHashCode() => HashCode.Combine(Version, Variant, Reason, Epoch);

    private string Format() => string.Create(
        CultureInfo.InvariantCulture,
        $"version={Version}{(Variant is null ? "" : ";variant=")}{Variant};reason={Reason.Name()};epoch={Epoch}");
}
