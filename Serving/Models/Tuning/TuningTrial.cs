namespace Serving.Models.Tuning;

/// <summary>One way to run a model: threads inside a run, runs side by side, rows of a run.</summary>
internal readonly record struct TuningTrial(int Threads, int Instances, int Rows);
