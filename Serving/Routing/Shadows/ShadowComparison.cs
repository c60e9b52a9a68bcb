using Serving.Inference;

namespace Serving.Routing.Shadows;

/// <summary>
/// Compares a shadow with the answers given, request by request.
/// </summary>
/// <remarks>
/// Outputs are matched by name and compared per instance, along the first dimension: labels for equality, scores for the place of
/// the largest, numbers for their difference. Latencies are those of compared requests only, so that both sides' quantiles are
/// of the same requests. Everything adds up; nothing of a request is kept. Bounded: <see cref="MaxOutputs"/> outputs, of each
/// <see cref="OutputComparison.MaxElements"/> elements per request. Its driver calls from one place at a time, away from the
/// caller's path, and brings tensors that it still owns.
/// </remarks>
/// <param name="version">The shadow's version.</param>
/// <param name="since">The epoch that made it a shadow.</param>
internal sealed class ShadowComparison(string version, long since)
{
    /// <summary>Outputs that are compared, the first of the answer.</summary>
    public const int MaxOutputs = 64;

    private readonly List<OutputComparison> outputs = [];
    private readonly LatencyHistogram primaryLatencies = new();
    private readonly LatencyHistogram shadowLatencies = new();
    private TimeSpan primaryLongest;
    private TimeSpan shadowLongest;
    private long sent;
    private long dropped;
    private long failed;
    private long compared;
    private long agreed;

    public string Version => version;

    /// <summary>See <see cref="ShadowTarget.Since"/>.</summary>
    public long Since => since;

    /// <summary>Rises with everything that is counted.</summary>
    public long Events { get; private set; }

    /// <summary>A copy of a request was sent to the shadow.</summary>
    public void Sent()
    {
        sent++;
        Events++;
    }

    /// <summary>A copy was left out under load.</summary>
    public void Dropped()
    {
        dropped++;
        Events++;
    }

    /// <summary>A copy that was sent is left out after all: its version went out of memory before its turn came.</summary>
    public void Withdrawn()
    {
        sent--;
        Dropped();
    }

    /// <summary>A copy that was sent came to nothing.</summary>
    public void Failed()
    {
        failed++;
        Events++;
    }

    /// <summary>Compares the two answers to a request.</summary>
    public void Compare(IReadOnlyList<Tensor> primary, TimeSpan primaryLatency, IReadOnlyList<Tensor> shadow, TimeSpan shadowLatency)
    {
        var all = true;
        for (var i = 0; i < primary.Count && i < MaxOutputs; i++)
        {
            if (Output(primary[i].Name) is { } output) all &= output.Add(primary[i], Find(shadow, primary[i].Name));
        }

        compared++;
        Events++;
        if (all) agreed++;
        primaryLatencies.Add(primaryLatency);
        shadowLatencies.Add(shadowLatency);
        if (primaryLatency > primaryLongest) primaryLongest = primaryLatency;
        if (shadowLatency > shadowLongest) shadowLongest = shadowLatency;
    }

    /// <summary>Adds what was counted elsewhere of the same shadow.</summary>
    public void Add(ShadowTally other)
    {
        sent += other.Sent;
        dropped += other.Dropped;
        failed += other.Failed;
        compared += other.Compared;
        agreed += other.Agreed;
        foreach (var output in other.Outputs) Output(output.Name)?.Add(output);
        primaryLatencies.Add(other.Primary);
        shadowLatencies.Add(other.Shadow);
        if (other.PrimaryLongest > primaryLongest) primaryLongest = other.PrimaryLongest;
        if (other.ShadowLongest > shadowLongest) shadowLongest = other.ShadowLongest;
    }

    /// <summary>All so far, to be added up with others'.</summary>
    public ShadowTally Tally() => new(
        version, since, sent, dropped, failed, compared, agreed, outputs.ConvertAll(o => o.Tally), primaryLatencies.ToCounts(), primaryLongest,
        shadowLatencies.ToCounts(), shadowLongest);

    /// <summary>All so far.</summary>
    /// <param name="percent">How many of the requests it gets now.</param>
    public ShadowReport Report(double percent) => new()
    {
        Version = version,
        Percent = percent,
        Sent = sent,
        Dropped = dropped,
        Failed = failed,
        Compared = compared,
        Agreed = outputs.Exists(o => o.CanAgree) ? agreed : null,
        Outputs = outputs.ConvertAll(o => o.Report),
        Primary = Quantiles(primaryLatencies, primaryLongest),
        Shadow = Quantiles(shadowLatencies, shadowLongest),
    };

    private static LatencyQuantiles Quantiles(LatencyHistogram latencies, TimeSpan longest) => new(
        latencies.QuantileMs(0.5),
        latencies.QuantileMs(0.9),
        latencies.QuantileMs(0.99),
        latencies.Total == 0 ? null : longest.TotalMilliseconds);

    private static Tensor? Find(IReadOnlyList<Tensor> tensors, string name)
    {
        for (var i = 0; i < tensors.Count; i++)
        {
            if (tensors[i].Name == name) return tensors[i];
        }

        return null;
    }

    private OutputComparison? Output(string name)
    {
        foreach (var output in outputs)
        {
            if (output.Name == name) return output;
        }

        if (outputs.Count == MaxOutputs) return null;
        outputs.Add(new OutputComparison(name));
        return outputs[^1];
    }
}
