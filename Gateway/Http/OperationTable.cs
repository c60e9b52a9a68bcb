using System.Diagnostics.CodeAnalysis;

namespace Gateway.Http;

/// <summary>
/// Every path this server answers, and the search from a request's target to its operation.
///
/// The search walks a tree of segments over the raw target, so that a model name may hold anything, an encoded slash
/// included: the path as the web server decodes it can no longer tell a slash from <c>%2F</c>. A segment that stands for
/// itself goes before a name, and the search comes back from a dead end: <c>/v2/models/stats</c> is the statistics of all
/// models, yet a model called <c>stats</c> can be asked to infer. The table knows every verb of a path, so that 404 and
/// 405 are right for all. Nothing is allocated on the way.
/// </summary>
internal sealed class OperationTable
{
    private readonly PathNode root = new();

    public OperationTable(IEnumerable<Operation> operations)
    {
        All = [.. operations];
        foreach (var operation in All) Add(operation);
    }

    public IReadOnlyList<Operation> All { get; }

    /// <summary>
    /// Finds what answers. On failure <paramref name="allowed"/> tells the verbs of the path, or is null when there is no
    /// such path.
    /// </summary>
    public bool TryFind(
        string method, string target, out PathValues values, [NotNullWhen(true)] out Operation? operation, out string? allowed)
    {
        var search = new Search(method, PathOf(target, out var offset), offset, stackalloc Range[PathValues.Most]);
        operation = search.Path.Length > 0 && search.Path[0] == '/' && search.Visit(root, 1, 0) ? search.Found : null;
        values = operation is null ? default : new PathValues(operation, target, search.Names[..operation.Parameters.Count]);
        allowed = operation is null && search.Others is { } others ? Verbs(others) : null;
        return operation is not null;
    }

    /// <summary>
    /// The path within a request target: without the query, and without scheme and authority where a proxy sends them along.
    /// </summary>
    private static ReadOnlySpan<char> PathOf(string target, out int offset)
    {
        offset = 0;
        if (!target.StartsWith('/'))
        {
            var authority = target.IndexOf("://", StringComparison.Ordinal);
            if (authority < 0) return [];
            offset = target.IndexOf('/', authority + 3);
            if (offset < 0) return [];
        }

        var path = target.AsSpan(offset);
        var end = path.IndexOfAny('?', '#');
        if (end >= 0) path = path[..end];
        return path.Length > 1 && path[^1] == '/' ? path[..^1] : path;
    }

    private static string Verbs(List<Operation> operations)
    {
        var verbs = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var operation in operations)
        {
            verbs.Add(operation.Method);
            if (operation.Method == "GET") verbs.Add("HEAD");
        }

        return string.Join(", ", verbs);
    }

    private void Add(Operation operation)
    {
        if (operation.Parameters.Count > PathValues.Most)
            throw new InvalidOperationException($"{operation.Pattern} has more than {PathValues.Most} names.");

        var node = root;
        foreach (var segment in operation.Pattern.Split('/').Skip(1)) node = node.Follow(segment);
        if (node.Operations.Exists(other => other.Method == operation.Method))
            throw new InvalidOperationException($"{operation.Method} {operation.Pattern} is registered twice.");
        node.Operations.Add(operation);
    }

    /// <summary>
    /// One search. A path of a few segments: the recursion is as deep as the tree, never as long as the path.
    /// </summary>
    private ref struct Search(string method, ReadOnlySpan<char> path, int offset, Span<Range> names)
    {
        public readonly ReadOnlySpan<char> Path = path;
        public readonly Span<Range> Names = names;
        public Operation? Found;
        public List<Operation>? Others;

        /// <param name="node">Where the search stands.</param>
        /// <param name="at">Where the next segment begins; past the path's end when there is none.</param>
        /// <param name="named">How many names have been filled on the way here.</param>
        public bool Visit(PathNode node, int at, int named)
        {
            if (at > Path.Length) return Choose(node);
            var rest = Path[at..];
            var slash = rest.IndexOf('/');
            var segment = slash < 0 ? rest : rest[..slash];
            var next = at + segment.Length + 1;
            foreach (var (text, follower) in node.Literals)
            {
                if (segment.SequenceEqual(text) && Visit(follower, next, named)) return true;
            }

            foreach (var (suffix, follower) in node.Names)
            {
                if (segment.Length <= suffix.Length || !segment.EndsWith(suffix)) continue;
                Names[named] = new Range(offset + at, offset + at + segment.Length - suffix.Length);
                if (Visit(follower, next, named + 1)) return true;
            }

            return false;
        }

        private bool Choose(PathNode node)
        {
            foreach (var operation in node.Operations)
            {
                if (operation.Method != method && !(operation.Method == "GET" && method == "HEAD")) continue;
                Found = operation;
                return true;
            }

            if (node.Operations.Count > 0) (Others ??= []).AddRange(node.Operations);
            return false;
        }
    }
}
