using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Serving.Telemetry;

namespace Gateway.Metrics;

/// <summary>How many requests ended how, and what they took. Each request adds to it, and nobody needs to hear of it before somebody looks.</summary>
/// <param name="duration">From headers to answer.</param>
internal sealed class RequestNumbers(Histogram<double> duration)
{
    private readonly ConcurrentDictionary<(string Protocol, string Operation), HistogramSeries> durations = new();
    private readonly ConcurrentDictionary<(string Protocol, string Operation, string Code), Row> rows = new();

    /// <summary>What was counted last: mostly the next is the same.</summary>
    private Row? last;

    public void Ended(string protocol, string operation, string code, TimeSpan took)
    {
        var row = Find(protocol, operation, code);
        row.Requests.Add(1);
        row.Duration.Record(took.TotalSeconds);
    }

    /// <summary>A request that was refused before there was anything to begin.</summary>
    public void Count(string protocol, string operation, string code) => Find(protocol, operation, code).Requests.Add(1);

    /// <summary>Tells what waits to be told, and gives the counts.</summary>
    public IEnumerable<Measurement<long>> Read()
    {
        foreach (var series in durations.Values) series.Tell();
        return rows.Values.Select(static row => new Measurement<long>(
            row.Requests.Value, new("protocol", row.Protocol), new("operation", row.Operation), new("code", row.Code)));
    }

    private Row Find(string protocol, string operation, string code)
    {
        var known = Volatile.Read(ref last);
        if (known is not null && ReferenceEquals(known.Code, code) && ReferenceEquals(known.Operation, operation) && ReferenceEquals(known.Protocol, protocol))
            return known;
        var row = rows.GetOrAdd((protocol, operation, code), key => new Row(key.Protocol, key.Operation, key.Code, DurationOf(key.Protocol, key.Operation)));
        Volatile.Write(ref last, row);
        return row;
    }

    private HistogramSeries DurationOf(string protocol, string operation) => durations.GetOrAdd(
        (protocol, operation), key => new HistogramSeries(duration, new("protocol", key.Protocol), new("operation", key.Operation)));

    private sealed record Row(string Protocol, string Operation, string Code, HistogramSeries Duration)
    {
        public StripedCount Requests { get; } = new();
    }
}
