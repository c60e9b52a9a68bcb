using Serving.Drift.Observing;

namespace Serving;

/// <summary>Which version an observation is of: by what was to be observed when it was taken. Only within the turns of the <see cref="DriftLoop"/>.</summary>
internal sealed class ObservedVersions(ObservationQueue queue, TimeProvider clock)
{
    private readonly Dictionary<ObservationLayout, WatchedVersion> byLayout = [];

    /// <summary>The version; null when it is gone, or not known yet.</summary>
    public WatchedVersion? Find(ObservationLayout layout) => byLayout.GetValueOrDefault(layout);

    /// <summary>Lets the request path see what is to be observed now.</summary>
    public void Observe(WatchedVersion watched)
    {
        var (served, layout) = (watched.Served, watched.Watch.Layout);
        if (served.Tap?.Layout != layout)
        {
            // Requests under way offer what the former wanted: their answers are kept, or their truths would find none.
            if (watched.Former is { } older) byLayout.Remove(older);
            watched.Former = served.Tap?.Layout;
            served.Tap = layout is null ? null : new ObservationTap(layout, watched.Watch.Sampling, queue, clock);
        }

        if (layout is not null) byLayout[layout] = watched;
    }

    /// <summary>Observes it no more.</summary>
    public void Forget(WatchedVersion watched)
    {
        if (watched.Former is { } former) byLayout.Remove(former);
        if (watched.Served.Tap is { } tap) byLayout.Remove(tap.Layout);
        watched.Served.Tap = null;
    }
}
