using System.Globalization;

namespace Gateway.Capture;

/// <summary>A model whose requests and answers are kept, and the share of them.</summary>
internal sealed record CaptureRule(string Model, double Share)
{
    /// <summary>What a good rule looks like.</summary>
    public const string Expected = "a model and a share above 0 up to 1, such as iris=0.01";

    /// <summary>Reads <c>iris=0.01</c>; null for anything else.</summary>
    public static CaptureRule? Parse(string text)
    {
        var equals = text.LastIndexOf('=');
        return equals > 0
            && double.TryParse(text.AsSpan(equals + 1), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var share)
            && share is > 0 and <= 1
            ? new CaptureRule(text[..equals], share)
            : null;
    }
}
