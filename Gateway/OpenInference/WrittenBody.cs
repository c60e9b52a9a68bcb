namespace Gateway.OpenInference;

/// <summary>What was written of an answer.</summary>
/// <param name="JsonLength">Bytes of JSON: the <c>Inference-Header-Content-Length</c> of a binary answer.</param>
/// <param name="Length">Bytes in all.</param>
/// <param name="Binary">
/// There are binary outputs, perhaps empty ones, so that the answer is an <c>application/octet-stream</c>.
/// </param>
internal readonly record struct WrittenBody(long JsonLength, long Length, bool Binary);
