namespace Serving.Documents;

/// <summary>Everything that is wrong with one of our documents, gathered so that it can be told in one answer.</summary>
internal sealed class DocumentFaults
{
    /// <summary>More than this many faults are counted, not told.</summary>
    private const int MaxTold = 32;

    private readonly List<string> told = [];
    private int count;

    public bool Any => count > 0;

    /// <summary>Adds a sentence that names the field and says what to do.</summary>
    public void Add(string sentence)
    {
        if (count++ < MaxTold) told.Add(sentence);
    }

    public void AddRange(IEnumerable<string> sentences)
    {
        foreach (var sentence in sentences) Add(sentence);
    }

    /// <summary>One error with all faults, separated by semicolons.</summary>
    public ServingError ToError()
    {
        var text = string.Join("; ", told);
        return ServingError.Invalid(count > MaxTold ? $"{text}; and {count - MaxTold} more" : text);
    }
}
