using Microsoft.AspNetCore.Http;

namespace Gateway.Http;

/// <summary>
/// Ids for requests that come without one: the process's seed and a count, 24 letters and digits. Unique in a process for good,
/// and between processes as far as their 60-bit seeds differ; cheap, because every request may need one.
/// </summary>
internal sealed class RequestIds(ulong seed)
{
    private const int HalfLength = 12;
    private const string Digits = "0123456789abcdefghjkmnpqrstvwxyz";

    private readonly string prefix = string.Create(HalfLength, seed, Write);
    private ulong count;

    /// <summary>The id in the request's body, else the one in its headers, else a new one.</summary>
    public string For(string? bodyId, IHeaderDictionary headers)
    {
        if (bodyId is not null) return bodyId;
        var id = headers.TryGetValue(InferenceHeaders.RequestId, out var value) ? value.ToString() : "";
        return id.Length > 0 ? id : Next();
    }

    public string Next() => string.Create(2 * HalfLength, (prefix, Interlocked.Increment(ref count)), static (span, state) =>
    {
        state.prefix.CopyTo(span);
        Write(span[HalfLength..], state.Item2);
    });

    private static void Write(Span<char> span, ulong value)
    {
        for (var i = span.Length - 1; i >= 0; i--)
        {
            span[i] = Digits[(int)(value & 31)];
            value >>= 5;
        }
    }
}
