namespace Gateway.Http;

/// <summary>A place in the tree of paths: what may follow, and what answers when the path ends here.</summary>
internal sealed class PathNode
{
    /// <summary>Followers that stand for themselves; tried before <see cref="Names"/>.</summary>
    public List<(string Text, PathNode Node)> Literals { get; } = [];

    /// <summary>Followers with a name, the longest suffix first; no suffix is the empty one.</summary>
    public List<(string Suffix, PathNode Node)> Names { get; } = [];

    public List<Operation> Operations { get; } = [];

    public PathNode Follow(string segment)
    {
        if (!segment.StartsWith('{')) return Find(Literals, segment);
        var node = Find(Names, segment[(segment.IndexOf('}') + 1)..]);
        Names.Sort((left, right) => right.Suffix.Length.CompareTo(left.Suffix.Length));
        return node;
    }

    private static PathNode Find(List<(string Text, PathNode Node)> followers, string text)
    {
        foreach (var follower in followers)
        {
            if (follower.Text == text) return follower.Node;
        }

        var node = new PathNode();
        followers.Add((text, node));
        return node;
    }
}
