namespace Serving.Drift.Laws;

/// <summary>Coarser bins made of finer ones: one pass over a window's values serves tests and displays with different edges.</summary>
internal sealed class Grouping
{
    private readonly int[] groupOf;

    private Grouping(int[] groupOf, int groups)
    {
        this.groupOf = groupOf;
        Groups = groups;
    }

    public int Groups { get; }

    /// <param name="fine">Ascending edges of the finer bins; every coarse edge is among them.</param>
    /// <param name="coarse">Ascending edges of the coarser bins.</param>
    public static Grouping ByEdges(double[] fine, double[] coarse)
    {
        var groupOf = new int[fine.Length + 1];
        for (var i = 0; i < fine.Length; i++)
            groupOf[i] = Statistics.Bins.IndexOf(coarse, fine[i]);
        groupOf[fine.Length] = coarse.Length;
        return new Grouping(groupOf, coarse.Length + 1);
    }

    /// <param name="groupOf">For each finer bin its group, from 0.</param>
    /// <param name="groups">How many groups there are.</param>
    public static Grouping Of(int[] groupOf, int groups) => new(groupOf, groups);

    /// <summary>Adds the fine counts of each group; <paramref name="groups"/> has <see cref="Groups"/> places.</summary>
    public void Sum(ReadOnlySpan<long> fine, Span<long> groups)
    {
        groups.Clear();
        for (var i = 0; i < fine.Length; i++)
            groups[groupOf[i]] += fine[i];
    }

    public long[] Sum(ReadOnlySpan<long> fine)
    {
        var groups = new long[Groups];
        Sum(fine, groups);
        return groups;
    }
}
