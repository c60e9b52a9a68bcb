using Serving.Inference;

namespace Gateway.Http;

/// <summary>The text of <c>Server-Timing</c>: <c>queue;dur=0.410, compute;dur=1.930</c>, in milliseconds.</summary>
internal static class TimingHeader
{
    private const string Queue = "queue;dur=";
    private const string Compute = ", compute;dur=";

    /// <summary>Digits before the point, at the most: thirty years.</summary>
    private const int LongestNumber = 12 + 4;

    public static string Text(in RequestTiming timing)
    {
        Span<char> text = stackalloc char[Queue.Length + Compute.Length + 2 * LongestNumber];
        Queue.CopyTo(text);
        var length = Queue.Length;
        length += Milliseconds(text[length..], timing.Queue);
        Compute.CopyTo(text[length..]);
        length += Compute.Length;
        length += Milliseconds(text[length..], timing.Compute);
        return new string(text[..length]);
    }

    /// <summary>
    /// Whole microseconds with a point before the last three digits. By hand, without formatting a double.
    /// </summary>
    private static int Milliseconds(Span<char> text, TimeSpan time)
    {
        const long most = 999_999_999_999_999;
        var microseconds = (ulong)Math.Clamp(time.Ticks / TimeSpan.TicksPerMicrosecond, 0, most);
        var (whole, rest) = Math.DivRem(microseconds, 1000);
        whole.TryFormat(text, out var length);
        text[length++] = '.';
        text[length++] = (char)('0' + rest / 100);
        text[length++] = (char)('0' + rest / 10 % 10);
        text[length++] = (char)('0' + rest % 10);
        return length;
    }
}
