namespace Gateway.OpenInference;

/// <summary>One entry of a request's <c>parameters</c>.</summary>
/// <param name="Name">Its key.</param>
/// <param name="Kind">What the value was in JSON.</param>
/// <param name="Text">The value: text as it is meant, a number as it was written, <c>true</c> or <c>false</c>.</param>
internal readonly record struct RequestParameter(string Name, ParameterKind Kind, string Text);
