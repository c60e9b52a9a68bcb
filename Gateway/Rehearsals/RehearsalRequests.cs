using System.Text;

namespace Gateway.Rehearsals;

/// <summary>What is rehearsed: the question whether the server is ready, an inference in JSON, one in binary both ways, and one that fails; the last one ends the connection.</summary>
internal static class RehearsalRequests
{
    private const string Json =
        """{"id":"r","parameters":{"p":1},"inputs":[{"name":"x","shape":[1,8],"datatype":"FP32","data":[5.1,-0.25,1e-3,12,0.333333333,0,7,8.5]}],"outputs":[{"name":"x"}]}""";

    private const string Binary =
        """{"inputs":[{"name":"x","shape":[1,8],"datatype":"FP32","parameters":{"binary_data_size":32}}],"outputs":[{"name":"x","parameters":{"binary_data":true}}]}""";

    /// <summary>What goes over one connection, in the pieces in which it goes.</summary>
    public static readonly IReadOnlyList<byte[]> Parts =
    [
        [.. "GET /v2/health/ready HTTP/1.1\r\nHost: localhost\r\n\r\n"u8],
        [.. Head("/v2/models/rehearsal/infer", Json.Length), .. Encoding.ASCII.GetBytes(Json)],
        Head("/v2/models/rehearsal/versions/1/infer", Json.Length), Encoding.ASCII.GetBytes(Json),
        Head("/v2/models/rehearsal/infer", Binary.Length + 32, $"Inference-Header-Content-Length: {Binary.Length}\r\n"),
        [.. Encoding.ASCII.GetBytes(Binary), .. new byte[32]],
        [.. Head("/v2/models/rehearsal/infer", 2, "Connection: close\r\n"), .. "{}"u8],
    ];

    private static byte[] Head(string path, int length, string headers = "") => Encoding.ASCII.GetBytes(
        $"POST {path} HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\nAccept-Encoding: identity\r\nUser-Agent: rehearsal\r\nContent-Type: application/json\r\n{headers}Content-Length: {length}\r\n\r\n");
}
