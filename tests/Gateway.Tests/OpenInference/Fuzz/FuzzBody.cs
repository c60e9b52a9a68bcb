using System.Text;

namespace Gateway.Tests.OpenInference.Fuzz;

/// <summary>A request body with its <c>Inference-Header-Content-Length</c>.</summary>
/// <param name="Bytes">The whole body.</param>
/// <param name="HeaderLength">Null when the request has no such header.</param>
internal sealed record FuzzBody(byte[] Bytes, long? HeaderLength)
{
    public static FuzzBody Json(string json) => new(Encoding.UTF8.GetBytes(json), null);

    public static FuzzBody Binary(string json, params byte[] blobs) => new([.. Encoding.UTF8.GetBytes(json), .. blobs], Encoding.UTF8.GetByteCount(json));

    public static FuzzBody Raw(params byte[] bytes) => new(bytes, 0);
}
