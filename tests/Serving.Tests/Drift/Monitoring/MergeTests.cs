using Serving.Drift;
using Serving.Drift.Baselines;
using Serving.Drift.Monitoring;
using Serving.Drift.Panes;

namespace Serving.Tests.Drift.Monitoring;

/// <summary>The same rows, however split, repeated and reordered, give the same state to the bit and the same alerts.</summary>
public sealed class MergeTests
{
    private const int Partitions = 1_000;
    private const int Minutes = 16;
    private const int RowsPerMinute = 50;

    private static readonly DriftOptions Options = new() { Lateness = TimeSpan.FromMinutes(5) };

    private static readonly Baseline Baseline = new([
        NumericBuilder.Build("x", Draws.Normal(1, 2_000)),
        NumericBuilder.Build("n", Array.ConvertAll(Draws.Normal(2, 2_000), v => Math.Round(v * 2))),
        CategoricalBuilder.Build("c", [.. Draws.Normal(3, 2_000).Select(v => v > 0 ? "up" : "down")])]);

    [Fact]
    public void Advance_RandomPartitionsOverNodes_GiveTheSameStateAndAlerts()
    {
        var rows = Rows();
        var (expected, alerts) = Run(rows, new Random(0), 1, false);
        Assert.Contains(alerts, alert => alert is { Feature: "x", Kind: AlertKind.Drift });
        Assert.Contains(alerts, alert => alert is { Feature: "c", Kind: AlertKind.Missing });

        for (var partition = 1; partition <= Partitions; partition++)
        {
            var random = new Random(partition);
            var (state, changes) = Run(rows, random, random.Next(1, 17), true);
            Assert.True(expected.AsSpan().SequenceEqual(state), $"partition {partition}: the state differs");
            Assert.Equal(alerts, changes);
        }
    }

    /// <summary>Quiet for half the time; then one number shifts and a category goes missing.</summary>
    private static (DateTimeOffset At, double X, double N, string? C)[] Rows()
    {
        var random = new Random(5);
        var rows = new (DateTimeOffset, double, double, string?)[Minutes * RowsPerMinute];
        for (var i = 0; i < rows.Length; i++)
        {
            var late = i >= rows.Length / 2;
            var x = i % 97 == 0 ? (i % 2 == 0 ? 0.0 : -0.0) : Draws.Normal(random) + (late ? 0.8 : 0);
            rows[i] = (Rig.Noon.AddSeconds(i * 60.0 / RowsPerMinute), x, Math.Round(Draws.Normal(random) * 2),
                late && i % 3 == 0 ? null : Draws.Normal(random) > 0 ? "up" : "down");
        }

        return rows;
    }

    private static (byte[] State, List<DriftAlert> Alerts) Run(
        (DateTimeOffset At, double X, double N, string? C)[] rows, Random random, int nodes, bool disturb)
    {
        var nodesOwn = new WindowAccumulator[nodes];
        for (var n = 0; n < nodes; n++)
            nodesOwn[n] = new WindowAccumulator(Baseline, Options.Panes, "1", "node" + random.Next(), random.Next(100));

        // What is delivered when: each share some time after its end, some twice, then also long after, some first as they were half-way.
        var deliveries = new List<(DateTimeOffset At, PaneSummary Share)>();
        void Deliver(PaneSummary share)
        {
            deliveries.Add((share.End + (disturb ? Options.Lateness * (random.NextDouble() * 0.99) : TimeSpan.Zero), share));
            if (disturb && random.Next(2) == 0)
                deliveries.Add((share.End + (Options.Lateness * (random.NextDouble() * 3)), share));
        }

        foreach (var (at, x, n, c) in rows)
        {
            var node = nodesOwn[random.Next(nodes)];
            if (node.IsDue(at))
                Deliver(node.Cut(at));
            node.Begin(at);
            node.Add(0, x);
            node.Add(1, n);
            if (c is null)
                node.AddMissing(2);
            else
                node.AddCategory(2, c == "up" ? "up"u8 : "down"u8);
            if (disturb && random.Next(50) == 0)
                Deliver(node.Snapshot(at)!);
        }

        foreach (var node in nodesOwn)
            if (node.Count > 0)
                Deliver(node.Cut(Rig.Noon.AddMinutes(Minutes)));

        var monitor = new DriftMonitor("m", "1", Baseline, Options);
        var alerts = new List<DriftAlert>();
        var next = 0;
        (DateTimeOffset At, PaneSummary Share)[] ordered = [.. deliveries.OrderBy(delivery => delivery.At)];
        for (var now = Rig.Noon; now <= Rig.Noon.AddMinutes(Minutes + 20); now = now.AddSeconds(disturb ? random.Next(5, 90) : 60))
        {
            for (; next < ordered.Length && ordered[next].At <= now; next++)
                monitor.Offer(ordered[next].Share);
            alerts.AddRange(monitor.Advance(now));
        }

        var state = new StateWriter();
        monitor.WriteEvidence(state);
        return (state.ToArray(), alerts);
    }
}
