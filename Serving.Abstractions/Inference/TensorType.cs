namespace Serving.Inference;

/// <summary>Element types, with the names of the Open Inference Protocol (plus BF16).</summary>
public enum TensorType : byte
{
    Bool = 1,
    UInt8,
    UInt16,
    UInt32,
    UInt64,
    Int8,
    Int16,
    Int32,
    Int64,
    Fp16,
    Bf16,
    Fp32,
    Fp64,

    /// <summary>Variable length; each element is stored as a 4-byte little-endian length and that many bytes.</summary>
    Bytes,
}
