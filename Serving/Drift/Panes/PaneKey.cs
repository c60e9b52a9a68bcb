namespace Serving.Drift.Panes;

/// <summary>
/// Names one node's share of one pane. Whatever is delivered under the same key again replaces what was there if it holds more;
/// so a pane may be sent twice, late and out of order, and is counted once.
/// </summary>
/// <param name="Version">Of the model.</param>
/// <param name="Baseline">Hash of the baseline whose bins were counted in.</param>
/// <param name="Start">When the pane began on the node.</param>
/// <param name="Node">Who counted.</param>
/// <param name="Incarnation">Tells the node's lives apart: a restarted node counts anew.</param>
internal readonly record struct PaneKey(string Version, string Baseline, DateTimeOffset Start, string Node, long Incarnation);
