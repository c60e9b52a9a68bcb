namespace Gateway.OpenInference;

/// <summary>
/// The forms of all outputs of one request. Where the caller named outputs, an answer holds them in that order; where not,
/// every output takes the same form.
/// </summary>
internal readonly struct OutputForms(OutputForm[]? named, bool binary)
{
    /// <summary>Every output as JSON.</summary>
    public static OutputForms Json => default;

    /// <summary>Every output as a blob.</summary>
    public static OutputForms AllBinary => new(null, true);

    /// <summary>The form of the answer's output at that index.</summary>
    public OutputForm this[int index] => named is not null && index < named.Length ? named[index] : new OutputForm(binary, 0);
}
