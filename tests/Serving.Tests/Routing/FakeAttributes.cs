using Serving.Inference;

namespace Serving.Routing;

internal sealed class FakeAttributes : IRequestAttributes
{
    private readonly Dictionary<string, string> headers = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, string> parameters = new(StringComparer.Ordinal);

    public static FakeAttributes WithHeader(string name, string value) => new() { headers = { [name] = value } };

    public static FakeAttributes WithParameter(string name, string value) => new() { parameters = { [name] = value } };

    public string? Header(string name) => headers.GetValueOrDefault(name);

    public string? Parameter(string name) => parameters.GetValueOrDefault(name);

    public FakeAttributes And(string header, string value)
    {
        headers[header] = value;
        return this;
    }
}
