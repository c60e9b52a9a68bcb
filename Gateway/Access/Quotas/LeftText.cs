using Serving.Access.Quotas;

namespace Gateway.Access.Quotas;

/// <summary>The text of <c>RateLimit</c>, written with every answer under a limit: <c>"requests";r=57;t=1, "concurrent";r=3</c>.</summary>
internal ref struct LeftText(Span<char> room)
{
    /// <summary>Characters at the most: of each of the four kinds its name, two numbers and what is around them.</summary>
    public const int Longest = 4 * (12 + 2 * (3 + 20) + 2);

    private readonly Span<char> room = room;
    private int length;

    /// <param name="kind">What is counted.</param>
    /// <param name="left">What may come now.</param>
    /// <param name="rest">Seconds until all of it is there; null where no time tells.</param>
    public void Add(QuotaKind kind, long left, long? rest = null)
    {
        Append(length == 0 ? "\"" : ", \"");
        Append(kind.Name());
        Append("\";r=");
        Append(left);
        if (rest is not { } seconds) return;
        Append(";t=");
        Append(seconds);
    }

    public override readonly string ToString() => new(room[..length]);

    private void Append(string text)
    {
        text.CopyTo(room[length..]);
        length += text.Length;
    }

    private void Append(long number)
    {
        number.TryFormat(room[length..], out var written);
        length += written;
    }
}
