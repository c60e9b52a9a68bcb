using System.Globalization;

namespace Serving.Drift.Quality;

/// <summary>How truths are read.</summary>
internal static class Truths
{
    /// <summary>A finite number, as JSON writes it.</summary>
    public static bool TryRead(string truth, out double value) =>
        double.TryParse(truth, NumberStyles.Float, CultureInfo.InvariantCulture, out value) && double.IsFinite(value);
}
