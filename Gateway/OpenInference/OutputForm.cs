namespace Gateway.OpenInference;

/// <summary>In which form the caller wants an output.</summary>
/// <param name="Binary">As a blob behind the JSON, rather than in it.</param>
/// <param name="Classes">The number of best classes to answer with in the output's stead; 0 for the output itself.</param>
internal readonly record struct OutputForm(bool Binary, int Classes);
