namespace Serving.Inference;

/// <summary>Where a request's time went inside the engine.</summary>
/// <param name="Queue">Waiting for a session.</param>
/// <param name="Compute">Gather, run and scatter of the batch the request ran in.</param>
public readonly record struct RequestTiming(TimeSpan Queue, TimeSpan Compute)
{
    /// <summary>The part of <see cref="Queue"/> in which the version was chosen and the request checked; measured for traced requests.</summary>
    public TimeSpan Route { get; init; }
}
