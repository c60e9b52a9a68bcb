namespace Serving.Access;

/// <summary>Patterns of model names: every <c>*</c> stands for any characters, none included; the rest for itself.</summary>
public static class ModelPattern
{
    /// <summary>Whether the whole name fits. Takes no memory; its time is at worst the product of both lengths.</summary>
    public static bool Matches(ReadOnlySpan<char> pattern, ReadOnlySpan<char> name)
    {
        // After a star, the shortest fit of what follows is tried first; a later star makes all choices before it final.
        var (p, n, star, retry) = (0, 0, -1, 0);
        while (n < name.Length)
        {
            if (p < pattern.Length && pattern[p] == '*') (star, retry, p) = (p, n, p + 1);
            else if (p < pattern.Length && pattern[p] == name[n]) (p, n) = (p + 1, n + 1);
            else if (star >= 0) (p, n, retry) = (star + 1, retry + 1, retry + 1);
            else return false;
        }

        while (p < pattern.Length && pattern[p] == '*') p++;
        return p == pattern.Length;
    }
}
