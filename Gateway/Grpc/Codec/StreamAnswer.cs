using Serving;

namespace Gateway.Grpc.Codec;

/// <summary>A ModelStreamInferResponse to be written: the answer to one request of a stream.</summary>
/// <param name="Request">The request it answers; its tensors are not looked at.</param>
/// <param name="Answer">What it is answered with, which this owns.</param>
internal readonly record struct StreamAnswer(InferMessage Request, Outcome<InferAnswer> Answer);
