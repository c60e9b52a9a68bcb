namespace Gateway.Grpc.Codec;

/// <summary>The fields of InferParameter's oneof, by their numbers.</summary>
internal enum ParameterChoice : byte
{
    None = 0,
    Bool = 1,
    Int64 = 2,
    Text = 3,
    Double = 4,
    UInt64 = 5,
}
