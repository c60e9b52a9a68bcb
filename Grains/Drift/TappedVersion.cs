using Orleans.Runtime;
using Serving.Drift.Observing;
using Serving.Models;

namespace Grains.Drift;

/// <summary>A version that runs in this process and is observed for its monitor. Guarded by <see cref="DriftTaps"/>.</summary>
internal sealed class TappedVersion(ServedVersion served, string fingerprint, long number, VersionTally? tally, ObservationLayout layout, long incarnation)
{
    /// <summary>Whole panes kept at the most while the monitor does not take them.</summary>
    private const int MostWhole = 256;

    /// <summary>Bytes of observations kept at the most between two flushes, while a baseline is learned.</summary>
    private const int MostLearned = 8 << 20;

    private readonly List<SentObservation> observations = [];
    private int observedBytes;
    private long lost;
    private long sentOpen;

    public ServedVersion Served { get; } = served;

    public string Model => Served.Metadata.Name;

    public string Version => Served.Metadata.Version;

    public string Fingerprint { get; } = fingerprint;

    public long Number { get; } = number;

    /// <summary>Null while a baseline is learned.</summary>
    public VersionTally? Tally { get; } = tally;

    public ObservationLayout Layout { get; } = layout;

    public ObservationTap? Tap { get; set; }

    public SemaphoreSlim Sending { get; } = new(1);

    public DateTimeOffset SentAt { get; set; }

    /// <summary>Nothing more will be observed: what is left is sent until it is taken.</summary>
    public bool IsEnding { get; set; }

    /// <summary>Flushes that failed since it is ending.</summary>
    public int Failures { get; set; }

    /// <summary>Observations that were not counted.</summary>
    public long Dropped => lost + (Tap?.Dropped ?? 0);

    public void Add(in Observation observation)
    {
        if (Tally is not null)
        {
            Tally.Add(observation);
            if (Tally.Whole.Count <= MostWhole) return;
            lost += Tally.Whole[0].Count;
            Tally.Whole.RemoveAt(0);
        }
        else if (observedBytes + observation.Bytes > MostLearned)
        {
            lost++;
        }
        else
        {
            observedBytes += observation.Bytes;
            var tensors = observation.Data.ToArray();
            observations.Add(new SentObservation { At = observation.At, Rows = observation.Rows, Tensors = new Blob(tensors) });
        }
    }

    /// <summary>What to send now; null when there is nothing new.</summary>
    /// <param name="node">This process.</param>
    /// <param name="now">The time.</param>
    /// <param name="heartbeat">Also when nothing is new.</param>
    /// <param name="whole">How many of the shares are whole, to be <see cref="Forget"/>ten once they are taken.</param>
    public SentCounts? Take(ILocalSiloDetails node, DateTimeOffset now, bool heartbeat, out int whole)
    {
        if (IsEnding) Tally?.End(now);
        else Tally?.Advance(now);
        whole = Tally?.Whole.Count ?? 0;
        var open = Tally?.Open(now);
        if (!heartbeat && !IsEnding && whole == 0 && observations.Count == 0 && (open?.Count ?? 0) == sentOpen) return null;
        sentOpen = open?.Count ?? 0;
        var counts = new SentCounts
        {
            Node = node.Name, Silo = node.SiloAddress, Incarnation = incarnation, Number = Number, Fingerprint = Fingerprint, Dropped = Dropped, Until = now, IsLast = IsEnding,
            Shares = [.. (Tally?.Whole ?? []).Select(share => new Blob(share.Write())), .. open is null ? [] : (Blob[])[new Blob(open.Write())]],
            Observations = [.. observations],
        };

        // Sent again they might be learned from twice.
        observations.Clear();
        observedBytes = 0;
        return counts;
    }

    /// <summary>What was taken last did not arrive.</summary>
    public void Unsend() => sentOpen = -1;

    public void Forget(int whole) => Tally?.Whole.RemoveRange(0, whole);
}
