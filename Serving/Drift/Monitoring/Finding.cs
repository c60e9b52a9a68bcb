namespace Serving.Drift.Monitoring;

/// <summary>The outcome of one test.</summary>
/// <param name="P">The p-value; 1 when it was not tested.</param>
/// <param name="Effect">How large the change seems, freed from what chance alone would show.</param>
/// <param name="Count">What it was tested on.</param>
/// <param name="Tested">False when there was too little to test.</param>
internal readonly record struct Finding(double P, double Effect, long Count, bool Tested)
{
    public static Finding None { get; } = new(1, 0, 0, false);
}
