namespace Serving.Models.Config.Syntax;

/// <summary>Collects what is wrong with one configuration, and what was let pass, each with file and line.</summary>
internal sealed class ConfigFaults(string file)
{
    private readonly List<string> faults = [];
    private readonly List<string> warnings = [];
    private int unreported;

    public bool Any => faults.Count > 0;

    public IReadOnlyList<string> Warnings => warnings;

    /// <summary>The model cannot be served with this.</summary>
    public void Refuse(int line, string sentence)
    {
        if (faults.Count < ConfigLimits.Reported) faults.Add(At(line, sentence));
        else unreported++;
    }

    /// <summary>The model is served, but not by this.</summary>
    public void Warn(int line, string sentence)
    {
        if (warnings.Count < ConfigLimits.Reported) warnings.Add(At(line, sentence));
    }

    /// <summary>All faults as one failure.</summary>
    public ServingError ToError() =>
        ServingError.Invalid(string.Join("; ", faults) + (unreported > 0 ? $"; and {unreported} more" : ""));

    private string At(int line, string sentence) =>
        $"{file}:{line}: {(sentence.Length <= ConfigLimits.Sentence ? sentence : sentence[..ConfigLimits.Sentence] + "…")}";
}
