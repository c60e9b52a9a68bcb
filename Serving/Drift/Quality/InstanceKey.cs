namespace Serving.Drift.Quality;

/// <summary>Names one answer: the request's id, and which of its instances.</summary>
internal readonly record struct InstanceKey(string Request, int Index)
{
    public bool Equals(InstanceKey other) => Index == other.Index && Request == other.Request;

    public override int GetHashCode() => HashOf(Request, Index);

    /// <summary>The hash of a key that is not made yet.</summary>
    public static int HashOf(ReadOnlySpan<char> request, int index) => string.GetHashCode(request) + (index * -1640531527);
}
