namespace Gateway.Hosting;

/// <summary>Finds what a misspelt name was probably meant to be.</summary>
internal static class NearestName
{
    private const int MostEdits = 2;

    /// <summary>The candidate that is at most two edits away, the nearest first; else null.</summary>
    public static string? To(string name, IEnumerable<string> candidates)
    {
        string? nearest = null;
        var least = MostEdits + 1;
        foreach (var candidate in candidates)
        {
            var edits = Edits(name, candidate);
            if (edits >= least) continue;
            (nearest, least) = (candidate, edits);
        }

        return nearest;
    }

    /// <summary>The Levenshtein distance, letter case aside.</summary>
    private static int Edits(string left, string right)
    {
        var row = new int[right.Length + 1];
        for (var j = 0; j < row.Length; j++) row[j] = j;
        for (var i = 1; i <= left.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= right.Length; j++)
            {
                var same = char.ToLowerInvariant(left[i - 1]) == char.ToLowerInvariant(right[j - 1]);
                var replaced = diagonal + (same ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[right.Length];
    }
}
