namespace Gateway.Http;

/// <summary>Names of the headers that inference reads and writes beside HTTP's own.</summary>
internal static class InferenceHeaders
{
    public const string RequestId = "x-request-id";
    public const string Route = "x-serving-route";
    public const string Timing = "Server-Timing";
    public const string JsonLength = "Inference-Header-Content-Length";
}
