using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Gateway.Metrics;

/// <summary>How many requests ended how. Each request adds to it, and nobody needs to hear of it before somebody looks.</summary>
internal sealed class RequestCounts
{
    private readonly ConcurrentDictionary<(string Protocol, string Operation, string Code), Row> rows = new();

    /// <summary>What was counted last: mostly the next is the same.</summary>
    private Row? last;

    /// <param name="protocol">Of a table of ours, as the others.</param>
    /// <param name="operation">What was asked.</param>
    /// <param name="code">How it ended.</param>
    public void Add(string protocol, string operation, string code)
    {
        var row = Volatile.Read(ref last);
        if (row is null || !ReferenceEquals(row.Code, code) || !ReferenceEquals(row.Operation, operation) || !ReferenceEquals(row.Protocol, protocol))
        {
            row = rows.GetOrAdd((protocol, operation, code), static key => new Row(key.Protocol, key.Operation, key.Code));
            Volatile.Write(ref last, row);
        }

        row.Requests.Add(1);
    }

    public IEnumerable<Measurement<long>> Read() => rows.Values.Select(static row => new Measurement<long>(
        row.Requests.Value, new("protocol", row.Protocol), new("operation", row.Operation), new("code", row.Code)));

    private sealed record Row(string Protocol, string Operation, string Code)
    {
        public StripedCount Requests { get; } = new();
    }
}
