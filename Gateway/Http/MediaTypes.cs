using Serving;

namespace Gateway.Http;

/// <summary>
/// Which bodies are read. Lenient, as the clients are: none named, JSON, bytes, and the form type that <c>curl -d</c> names
/// whatever it sends.
/// </summary>
internal static class MediaTypes
{
    private static readonly string[] Accepted = 
    [
        "application/json", "application/octet-stream", "application/x-www-form-urlencoded",
    ];

    public static ServingError? RefusalOf(string? contentType)
    {
        if (string.IsNullOrEmpty(contentType)) return null;
        var semicolon = contentType.IndexOf(';');
        var type = (semicolon < 0 ? contentType : contentType.AsSpan(0, semicolon)).Trim();
        foreach (var accepted in Accepted)
        {
            if (type.Equals(accepted, StringComparison.OrdinalIgnoreCase)) return null;
        }

        return new ServingError(
            ErrorCode.UnsupportedMedia,
            $"Content-Type '{contentType}' is not understood; send application/json or application/octet-stream");
    }
}
