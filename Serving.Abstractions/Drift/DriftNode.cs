namespace Serving.Drift;

/// <summary>One of several processes that count a version's traffic.</summary>
/// <param name="Node">Its name.</param>
/// <param name="CountedUntil">Everything that it observed up to this moment is counted; of one that is gone, nothing after.</param>
/// <param name="IsSilent">It has not been heard of for some seconds: it hangs, is cut off, or is gone.</param>
public sealed record DriftNode(string Node, DateTimeOffset CountedUntil, bool IsSilent);
