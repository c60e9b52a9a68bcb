using Serving.Drift.Alerts;
using Serving.Models;

namespace Serving.Drift.Observing;

/// <summary>A loaded version and what watches it.</summary>
internal sealed class WatchedVersion(ServedVersion served, VersionWatch watch)
{
    public string Model => Served.Metadata.Name;

    public string Version => Served.Metadata.Version;

    public ServedVersion Served { get; } = served;

    public VersionWatch Watch { get; } = watch;

    public BaselineOrigin Origin { get; set; }

    /// <summary>Somebody said what to compare with; a file that is still being read comes too late.</summary>
    public bool IsDecided { get; set; }

    /// <summary>What was observed before what is now; null when that was nothing.</summary>
    public ObservationLayout? Former { get; set; }

    /// <summary>Why the baseline in the model's folder is not used.</summary>
    public string? Fault { get; set; }

    /// <summary>Something that must be kept could not be, and is tried again.</summary>
    public bool IsUnsaved { get; set; }

    /// <summary>What is to be posted once it is kept.</summary>
    public List<OutboxItem> Outgoing { get; } = [];

    public long Dropped => Served.Tap?.Dropped ?? 0;
}
