namespace Serving.Models.Tuning;

/// <summary>One way to run a model: threads inside a run, runs side by side, rows of a run.</summary>
internal readonly record struct TuningTrial(int Threads, int Instances, int Rows)
{
    /// <summary>Callers of one row each that keep every run full, and the one after it: the most load that makes nobody wait for longer than one run.</summary>
    public int Callers => 2 * Instances * Rows;
}
