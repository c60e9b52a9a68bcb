using Serving.Drift.Baselines;

namespace Serving.Drift.Observing;

/// <summary>Reads a baseline in any of its forms: columns as JSON or CSV, or a document as it is stored, which begins with its hash.</summary>
internal static class BaselineBody
{
    /// <param name="body">All bytes.</param>
    /// <param name="format">How they are written.</param>
    /// <param name="kindOf">What a column must be, where that is known.</param>
    public static Outcome<Baseline> Read(ReadOnlyMemory<byte> body, BaselineFormat format, Func<string, FeatureKind?> kindOf)
    {
        if (format == BaselineFormat.Json)
            return body.Span.StartsWith("{\"hash\""u8) ? BaselineDocument.Read(body) : BaselineUpload.Read(body, kindOf);
        var bytes = body.ToArray();
        return CsvBaseline.Build(() => new StreamReader(new MemoryStream(bytes)), kindOf, format == BaselineFormat.CsvInTimeOrder);
    }
}
