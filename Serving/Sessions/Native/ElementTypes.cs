using Serving.Inference;

namespace Serving.Sessions.Native;

/// <summary>ONNX Runtime's element types and ours.</summary>
internal static class ElementTypes
{
    /// <summary>Position = ONNXTensorElementDataType. Complex, 8-bit and 4-bit floats and 4-bit integers have no name in the protocol.</summary>
    private static readonly TensorType[] FromOrt =
    [
        default, TensorType.Fp32, TensorType.UInt8, TensorType.Int8, TensorType.UInt16, TensorType.Int16, TensorType.Int32,
        TensorType.Int64, TensorType.Bytes, TensorType.Bool, TensorType.Fp16, TensorType.Fp64, TensorType.UInt32,
        TensorType.UInt64, default, default, TensorType.Bf16,
    ];

    private static readonly int[] ToOrt = Invert();

    public static bool TryFromOrt(int type, out TensorType result)
    {
        result = (uint)type < (uint)FromOrt.Length ? FromOrt[type] : default;
        return result != default;
    }

    public static int ToOrtType(TensorType type) => ToOrt[(int)type];

    private static int[] Invert()
    {
        var inverse = new int[(int)TensorType.Bytes + 1];
        for (var i = 0; i < FromOrt.Length; i++)
            if (FromOrt[i] != default) inverse[(int)FromOrt[i]] = i;
        return inverse;
    }
}
