using Grains.Replicas;
using Grains.Routing;
using Serving.Models;

namespace Grains.Models;

/// <summary>One slot of the lifecycle as the model's grain carries it out: what to load, and where it is loaded.</summary>
internal sealed class VersionCopy(VersionSlot slot, LoadOrder order)
{
    public VersionSlot Slot { get; } = slot;

    public LoadOrder Order { get; } = order;

    /// <summary>What the first replica said; null before.</summary>
    public SentDescription? Description { get; set; }

    /// <summary>The loaded replicas.</summary>
    public List<ReplicaRow> Replicas { get; } = [];

    /// <summary>Ordinals of replicas that are being loaded or dropped.</summary>
    public HashSet<int> Busy { get; } = [];

    /// <summary>Ends with the placing that is under way.</summary>
    public Task<PlacingResult>? Placing { get; set; }
}
