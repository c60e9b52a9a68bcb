using System.Runtime.InteropServices;
using System.Text;

namespace Gateway.Tests.Http;

/// <summary>Requests that the model <c>double</c> understands.</summary>
internal static class InferRequests
{
    public const string Json = """{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1.5,-2]}]}""";

    public static string Http(string body, string headers = "", string path = "/v2/models/double/infer") =>
        $"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n{headers}\r\n{body}";

    /// <summary>Sends the numbers as one row in binary and asks for binary outputs.</summary>
    public static async Task<(HttpResponseMessage Response, byte[] Body)> SendBinaryAsync(
        this RunningGateway gateway, float[] floats, string? accept = null)
    {
        var json = $$$"""{"inputs":[{"name":"x","shape":[1,{{{floats.Length}}}],"datatype":"FP32","parameters":{"binary_data_size":{{{floats.Length * 4}}}}}],"parameters":{"binary_data_output":true}}""";
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v2/models/double/infer")
        {
            Content = new ByteArrayContent([.. Encoding.UTF8.GetBytes(json), .. MemoryMarshal.AsBytes<float>(floats)]),
        };
        request.Content.Headers.Add("Inference-Header-Content-Length", $"{json.Length}");
        if (accept is not null) request.Headers.Add("Accept-Encoding", accept);
        var response = await gateway.Client.SendAsync(request);
        return (response, await response.Content.ReadAsByteArrayAsync());
    }
}
