using System.Text;
using Serving.Drift;
using Serving.Drift.Baselines;
using Serving.Drift.Monitoring;
using Serving.Drift.Panes;

namespace Serving.Tests.Drift.Monitoring;

/// <summary>One node, its accumulator and the monitor, driven row by row on a clock that the test steps.</summary>
internal sealed class Rig(Baseline baseline, DriftOptions options, TimeSpan perRow)
{
    public static readonly DateTimeOffset Noon = new(2026, 11, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly WindowAccumulator accumulator = new(baseline, options.Panes, "1", "node", 0);

    public DateTimeOffset Now { get; private set; } = Noon;

    public long Rows { get; private set; }

    public DriftMonitor Monitor { get; set; } = new("m", "1", baseline, options);

    /// <summary>Every change of an alert, with how many rows had been seen.</summary>
    public List<(long Rows, DriftAlert Alert)> Changes { get; } = [];

    /// <summary>Feeds one row: a double, a text, or null for each feature.</summary>
    public void Row(params object?[] values)
    {
        Now += perRow;
        Flush();
        accumulator.Begin(Now);
        for (var f = 0; f < values.Length; f++)
        {
            if (values[f] is double number)
                accumulator.Add(f, number);
            else if (values[f] is string text)
                accumulator.AddCategory(f, Encoding.UTF8.GetBytes(text));
            else
                accumulator.AddMissing(f);
        }

        Rows++;
        if (options.Panes.IsByCount)
            Flush();
    }

    public void Wait(TimeSpan time)
    {
        Now += time;
        Flush();
    }

    public string[] Raised => [.. Monitor.Standing().Select(alert => $"{alert.Feature} {alert.Kind}")];

    private void Flush()
    {
        if (accumulator.IsDue(Now))
            Monitor.Offer(accumulator.Cut(Now));
        foreach (var alert in Monitor.Advance(Now))
            Changes.Add((Rows, alert));
    }
}
