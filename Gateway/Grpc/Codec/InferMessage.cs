using Gateway.OpenInference;
using Serving;

namespace Gateway.Grpc.Codec;

/// <summary>
/// A ModelInferRequest, read. Its envelope is known even where its content is at fault, so that the answer can name it.
/// </summary>
/// <param name="Model">The model's name; may be empty.</param>
/// <param name="Version">A version or label, or null.</param>
/// <param name="Id">The caller's id, or null when there is none: then the answer has none either.</param>
/// <param name="Content">What is to be inferred, or what is wrong with it.</param>
/// <param name="Refers">Tensors of the content refer to the message's bytes.</param>
/// <param name="Length">Bytes of the message.</param>
internal sealed record InferMessage(
    string Model, string? Version, string? Id, Outcome<ParsedInference> Content, bool Refers, long Length);
