namespace Serving.Inference;

/// <summary>What routing may ask about a request: its headers and parameters. Looked up only when a rule or key needs it.</summary>
public interface IRequestAttributes
{
    /// <summary>The value of an HTTP header or gRPC metadata entry, or null. Names are case-insensitive.</summary>
    string? Header(string name);

    /// <summary>The value of a request parameter as text, or null.</summary>
    string? Parameter(string name);
}
