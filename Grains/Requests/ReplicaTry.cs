using Grains.Inference;
using Grains.Routing;

namespace Grains.Requests;

/// <summary>One try of a request at one replica.</summary>
/// <param name="Replica">Where.</param>
/// <param name="Answer">What comes of it.</param>
/// <param name="Began">When it was sent, as a timestamp.</param>
internal sealed record ReplicaTry(ReplicaLink Replica, Task<SentAnswer> Answer, long Began)
{
    /// <summary>Its end was looked at.</summary>
    public bool IsOver { get; set; }
}
