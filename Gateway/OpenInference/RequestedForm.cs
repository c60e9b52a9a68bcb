namespace Gateway.OpenInference;

/// <summary>What a request said of one output's form.</summary>
/// <param name="Binary">Null when it leaves that to the request's <c>binary_data_output</c>, which may come later.</param>
/// <param name="Classes">0 when no classification was asked for.</param>
internal readonly record struct RequestedForm(bool? Binary, int Classes);
