namespace Serving.Models.Config.Completion;

/// <summary>What contradicts the model, and what was decided in the configuration's place.</summary>
internal sealed class Findings
{
    private readonly List<string> faults = [];
    private readonly List<string> warnings = [];

    public bool Any => faults.Count > 0;

    public IReadOnlyList<string> Warnings => warnings;

    // One tensor or warm-up gives a few of them at the most, and their number is limited by the file's size.
    public void Refuse(string sentence) => faults.Add(sentence);

    public void Warn(string sentence) => warnings.Add(sentence);

    public ServingError ToError()
    {
        var more = faults.Count - ConfigLimits.Reported;
        return ServingError.Invalid(string.Join("; ", faults.Take(ConfigLimits.Reported)) + (more > 0 ? $"; and {more} more" : ""));
    }
}
