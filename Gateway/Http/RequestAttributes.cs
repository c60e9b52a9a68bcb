using Gateway.OpenInference;
using Microsoft.AspNetCore.Http;
using Serving.Inference;

namespace Gateway.Http;

/// <summary>A request's headers and parameters, as routing asks for them.</summary>
internal sealed class RequestAttributes(IHeaderDictionary headers, ParsedInference parsed) : IRequestAttributes
{
    public string? Header(string name) => headers.TryGetValue(name, out var value) && value.Count > 0 ? value.ToString() : null;

    public string? Parameter(string name) => parsed.Parameter(name);
}
